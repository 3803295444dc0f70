with

source as (
    select * from {{ source('jobmaal', 'read_actuals') }}
),

renamed as (
    select
        input_table,
        document_id,
        answers_to,
        period_id,
        value,
        value_to,
        value_qualifier,
        unit,
        source_ref
    from source
)

select * from renamed
