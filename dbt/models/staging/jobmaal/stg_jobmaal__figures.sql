with

source as (
    select * from {{ source('jobmaal', 'read_figures') }}
),

renamed as (
    select
        source_ref,
        document_id,
        figure_id,
        input_table,
        locator,
        document_line,
        raw_text,
        value,
        value_to,
        unit,
        value_qualifier,
        value_status,
        input_file,
        input_line,
        note
    from source
)

select * from renamed
