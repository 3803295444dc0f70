{#-
    What DuckDB and Spark say in different words. The models tagged `series` are built by both, and all that differs
    between the engines is here: each of these macros has one meaning and a way to say it in either.
-#}

{#- The whole number that hexadecimal digits stand for. -#}
{% macro bigint_of_hex(digits) -%}
    {{ adapter.dispatch('bigint_of_hex')(digits) }}
{%- endmacro %}

{% macro duckdb__bigint_of_hex(digits) -%} cast('0x' || {{ digits }} as bigint) {%- endmacro %}

{% macro spark__bigint_of_hex(digits) -%} cast(conv({{ digits }}, 16, 10) as bigint) {%- endmacro %}

{#- One number in another, as often as it is whole in it: nothing is rounded, and nothing goes through a float. -#}
{% macro times_whole(numerator, denominator) -%}
    {{ adapter.dispatch('times_whole')(numerator, denominator) }}
{%- endmacro %}

{% macro duckdb__times_whole(numerator, denominator) -%}
    cast({{ numerator }} as hugeint) // cast({{ denominator }} as hugeint)
{%- endmacro %}

{% macro spark__times_whole(numerator, denominator) -%}
    cast({{ numerator }} as decimal(38, 0)) div cast({{ denominator }} as decimal(38, 0))
{%- endmacro %}

{#- The day a number of months before another. -#}
{% macro months_before(day, months) -%}
    {{ adapter.dispatch('months_before')(day, months) }}
{%- endmacro %}

{% macro duckdb__months_before(day, months) -%} cast({{ day }} - to_months({{ months }}) as date) {%- endmacro %}

{% macro spark__months_before(day, months) -%} add_months({{ day }}, -({{ months }})) {%- endmacro %}

{#- The type of a moment, in whatever zone it is shown. -#}
{% macro moment() -%} {{ adapter.dispatch('moment')() }} {%- endmacro %}

{% macro duckdb__moment() -%} timestamp with time zone {%- endmacro %}

{% macro spark__moment() -%} timestamp {%- endmacro %}

{#-
    How a fact of the series is continued by what a build has read again. On DuckDB the rows of a key take the place of
    those before, and tables of which every row is written again are emptied first; on Spark, where a file of Parquet
    is never changed, the partitions of a table and period do. Either way the raw values of a build are all there is to
    write: cells on DuckDB, whole partitions on Spark.
-#}
{% macro continued_by(key) -%}
    {{ return(adapter.dispatch('continued_by')(key)) }}
{%- endmacro %}

{% macro duckdb__continued_by(key) -%}
    {{ return({
        'materialized': 'incremental',
        'incremental_strategy': 'delete+insert',
        'pre_hook': '{{ remove_tables_written_anew() }}',
        'unique_key': key,
        'on_schema_change': 'fail',
    }) }}
{%- endmacro %}

{% macro spark__continued_by(key) -%}
    {{ return({
        'materialized': 'incremental',
        'incremental_strategy': 'insert_overwrite',
        'partition_by': ['table_id', 'period_key'],
        'on_schema_change': 'fail',
    }) }}
{%- endmacro %}

{#-
    How a fact is continued whose rows hang together by table and period: the periods that are ranked again are removed,
    since none may follow where one of their cells is suppressed now, and then added. On Spark all of it is made each time.
-#}
{% macro added_to() -%}
    {{ return(adapter.dispatch('added_to')()) }}
{%- endmacro %}

{% macro duckdb__added_to() -%}
    {{ return({
        'materialized': 'incremental',
        'incremental_strategy': 'append',
        'pre_hook': '{{ remove_periods_ranked_anew() }}',
        'on_schema_change': 'fail',
    }) }}
{%- endmacro %}

{% macro spark__added_to() -%} {{ return({'materialized': 'table'}) }} {%- endmacro %}

{#- Whether a cell lies in a table and period that is ranked in this build: one in which it wrote a value. -#}
{% macro is_ranked_anew(cells) -%}
    {{ adapter.dispatch('is_ranked_anew')(cells) }}
{%- endmacro %}

{% macro duckdb__is_ranked_anew(cells) -%}
    (
        {{ cells }}.table_id in (select table_id from {{ ref('int_tables_read') }} where how = 'whole')
        or ({{ cells }}.table_id, {{ cells }}.period_key) in (
            select
                table_id,
                period_key
            from {{ ref('int_benchmark_vintages') }}
            where table_id in (select table_id from {{ ref('int_tables_read') }} where how = 'continued')
        )
    )
{%- endmacro %}

{% macro spark__is_ranked_anew(cells) -%} true {%- endmacro %}

{#- Brings the rows of a partition together before they are written, so that it is one file; nothing on DuckDB. -#}
{% macro by_partition() -%}
    {{ adapter.dispatch('by_partition')() }}
{%- endmacro %}

{% macro duckdb__by_partition() -%} {%- endmacro %}

{% macro spark__by_partition() -%}
    {{ ' /*+ rebalance(table_id, period_key) */' }}
{%- endmacro %}

{#- dbt's own way to learn the types that a contract promises. They are written as DuckDB says them. -#}
{% macro spark__get_empty_schema_sql(columns) -%}
    {%- set says = {'varchar': 'string', 'timestamp with time zone': 'timestamp'} -%}
    {%- set declared = {} -%}
    {%- for name, column in columns.items() -%}
        {%- do declared.update({name: dict(column, data_type=says.get(column['data_type'], column['data_type']))}) -%}
    {%- endfor -%}
    {{ default__get_empty_schema_sql(declared) }}
{%- endmacro %}
