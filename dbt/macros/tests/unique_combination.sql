{#- Fails with every combination of the columns' values that stands in more than one row. A null counts as a value. -#}
{% test unique_combination(model, columns) %}

with

source as (
    select * from {{ model }}
),

final as (
    select
        {%- for column in columns %}
        {{ column }},
        {%- endfor %}
        count(*) as number_of_rows
    from source
    group by {{ columns | join(', ') }}
    having count(*) > 1
)

select * from final

{% endtest %}
