with

source as (
    select * from {{ source('jobmaal', 'build') }}
),

renamed as (
    select
        build_id,
        built_at,
        contract,
        jobmaal_version,
        git_revision,
        input_sha256,
        has_synthetic,
        municipality_name
    from source
)

select * from renamed
