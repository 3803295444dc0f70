-- Every figure of the documents with the place where it is printed.

with

final as (
    select
        source_ref,
        document_id,
        locator,
        raw_text,
        value,
        value_to,
        unit,
        value_qualifier,
        value_status,
        input_table,
        input_file,
        input_line,
        document_line,
        note
    from {{ ref('stg_jobmaal__figures') }}
)

select * from final
