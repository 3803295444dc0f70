{#- The year whose prices an amount is stated in: that of its price level, where one is printed, else its own. -#}
{% macro price_year(price_level, year) -%}
    coalesce(cast(nullif(regexp_extract({{ price_level }}, '(19|20)[0-9]{2}'), '') as integer), {{ year }})
{%- endmacro %}

{#-
    A sum in the prices of the base year; null where one of its amounts cannot be brought to them. A sum of nothing is
    null, or with `or_zero` zero where there is an index.
-#}
{% macro sum_in_constant_prices(amount, factor, among='true', or_zero=false) -%}
    case
        {%- if or_zero %}
        when count({{ amount }}) filter (where {{ among }}) = 0
            then (select cast(0 as decimal(18, 2)) from {{ ref('int_price_index') }} where is_base)
        {%- endif %}
        when count({{ amount }} * {{ factor }}) filter (where {{ among }}) = count({{ amount }}) filter (where {{ among }})
            then cast(sum({{ amount }} * {{ factor }}) filter (where {{ among }}) as decimal(18, 2))
    end
{%- endmacro %}

{#- Which index the reports use, and the year whose prices they show; null without an index. -#}
{% macro price_base() -%}
    (select price_index_id from {{ ref('dim_price_index') }} where is_base) as price_index_id,
    (select year from {{ ref('dim_price_index') }} where is_base) as price_base_year
{%- endmacro %}
