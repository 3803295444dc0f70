{#-
    What a build that continues a release takes out of a fact before it writes the same anew: tables of Jobindsats that
    were read whole, and the documents' own rows, which are those of no such table.
-#}
{% macro remove_tables_written_anew() -%}
    {%- if is_incremental() -%}
        delete from {{ this }}
        where table_id not in (select table_id from {{ ref('stg_jobindsats__tables') }} where how != 'whole')
    {%- endif -%}
{%- endmacro %}

{#- The same of ranks: every period of a table in which a cell was written. -#}
{% macro remove_periods_ranked_anew() -%}
    {%- if is_incremental() -%}
        delete from {{ this }} where {{ is_ranked_anew(this.identifier) }}
    {%- endif -%}
{%- endmacro %}
