with

units as (
    select * from {{ ref('int_initiative_units') }}
),

final as (
    select
        {{ surrogate_key(['document_id', 'initiative_no']) }} as initiative_key,
        {{ surrogate_key(['unit_id']) }} as jobcenter_key,
        role,
        weight,
        allocation_basis,
        role_name
    from units
)

select * from final
order by initiative_key, jobcenter_key
