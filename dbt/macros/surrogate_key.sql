{#-
    The surrogate key of a natural key: the same from build to build and from engine to engine, since it is the
    first 60 bits of an md5. No natural key gives -1, the member "Ikke oplyst"; `several` gives -2.
-#}
{% macro surrogate_key(parts) -%}
    case
        {%- for part in parts %}
        when {{ part }} is null then -1
        {%- endfor %}
        {%- if parts | length == 1 %}
        when cast({{ parts[0] }} as string) = '{{ several_units() }}' then -2
        {%- endif %}
        else {{ bigint_of_hex("substr(md5(concat_ws('|', " ~ parts | join(', ') ~ ")), 1, 15)") }}
    end
{%- endmacro %}

{#- What stands for several units where one is asked for. -#}
{% macro several_units() -%} (several) {%- endmacro %}
