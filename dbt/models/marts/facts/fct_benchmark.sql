-- A build that continues a release has only what is new or ended since, which takes the place of what stood there.
{{ config(**continued_by(['measure_key', 'area_key', 'period_key', 'member'])) }}

with

levels as (
    select * from {{ ref('int_levels') }}
),

vintages as (
    select * from {{ ref('int_benchmark_vintages') }}
),

series as (
    select
        table_id,
        measure_key,
        area_key,
        period_key,
        member,
        is_total,
        value,
        cast(null as decimal(18, 4)) as value_to,
        'exact' as value_qualifier,
        value_status,
        series_segment,
        released_at,
        source_ref
    from vintages
    where is_newest
),

documents as (
    select
        document_id as table_id,
        {{ surrogate_key(['document_id', 'measure_id']) }} as measure_key,
        {{ surrogate_key(['area_name']) }} as area_key,
        {{ surrogate_key(['period_id']) }} as period_key,
        member,
        is_total,
        value,
        value_to,
        value_qualifier,
        value_status,
        0 as series_segment,
        cast(dated as {{ moment() }}) as released_at,
        source_ref
    from levels
),

final as (
    select * from series
    union all
    select * from documents
)

select{{ by_partition() }} * from final
