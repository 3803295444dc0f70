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

{#- A day so many months before another. -#}
{% macro months_before(day, months) -%}
    {{ adapter.dispatch('months_before')(day, months) }}
{%- endmacro %}

{% macro duckdb__months_before(day, months) -%} cast({{ day }} - to_months({{ months }}) as date) {%- endmacro %}

{% macro spark__months_before(day, months) -%} add_months({{ day }}, -({{ months }})) {%- endmacro %}

{#- The type of a moment, in whatever zone it is shown. -#}
{% macro moment() -%} {{ adapter.dispatch('moment')() }} {%- endmacro %}

{% macro duckdb__moment() -%} timestamp with time zone {%- endmacro %}

{% macro spark__moment() -%} timestamp {%- endmacro %}

{#- dbt's own way to learn the types that a contract promises. They are written as DuckDB says them. -#}
{% macro spark__get_empty_schema_sql(columns) -%}
    {%- set says = {'varchar': 'string', 'timestamp with time zone': 'timestamp'} -%}
    {%- set told = {} -%}
    {%- for name, column in columns.items() -%}
        {%- do told.update({name: dict(column, data_type=says.get(column['data_type'], column['data_type']))}) -%}
    {%- endfor -%}
    {{ default__get_empty_schema_sql(told) }}
{%- endmacro %}
