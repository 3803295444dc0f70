{#-
    What a build that continues a release takes out of a fact before it writes the same again: tables of Jobindsats that
    were read whole, and the documents' own rows, which are those of no such table. What a hook reads is named outside
    the condition, or dbt would not know of it.
-#}
{% macro remove_tables_written_anew() -%}
    {%- set tables = ref('int_tables_read') -%}
    {%- if is_incremental() -%}
        delete from {{ this }} where table_id not in (select table_id from {{ tables }} where how != 'whole')
    {%- endif -%}
{%- endmacro %}

{#- The same of ranks: every period of a table in which a cell was written. -#}
{% macro remove_periods_ranked_anew() -%}
    {%- set is_written = is_ranked_anew(this.identifier) -%}
    {%- if is_incremental() -%}
        delete from {{ this }} where {{ is_written }}
    {%- endif -%}
{%- endmacro %}
