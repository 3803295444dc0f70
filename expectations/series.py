"""The series: every value of a landed reply is published, and nothing is told of what is hidden."""

from expectations.expect import no_rows
from expectations.runner import Check

#: What the build has left as the release before has it was checked when it was written.
_WRITTEN = """
    period_key in (
        select period_key from dim_period
        where period_id in (
            select period_id from raw.read_periods
            where period_no in (select distinct period_no from raw.read_vintages)
        )
    )
"""

CHECKS = [
    Check(
        name="every_value_that_was_read_is_a_vintage",
        asset="fct_benchmark_vintage",
        sql="""
            -- Of replies that were read for an earlier release, this has been asked then. All in numbers: there may be
            -- a hundred million values.
            with counted as (
                select measure_no, reply_no, count(*) as cells, sum(value) as together, count(value) as shown
                from raw.read_vintages group by all
            ),

            read as (
                select
                    d.measure_key, r.retrieved_at, sum(counted.cells) as cells, sum(together) as together,
                    sum(shown) as shown
                from counted
                inner join raw.read_measures as m using (measure_no)
                inner join dim_measure as d using (table_id, measure_id)
                inner join raw.read_replies as r using (reply_no)
                where r.is_read
                group by all
            ),

            published as (
                select
                    measure_key, valid_from as retrieved_at, count(*) as cells, sum(value) as together,
                    count(value) as shown
                from fct_benchmark_vintage
                where (measure_key, valid_from) not in (
                    select d.measure_key, r.retrieved_at
                    from raw.read_replies as r inner join dim_measure as d using (table_id)
                    where not r.is_read
                )
                group by all
            )

            select
                table_id, retrieved_at, read.cells as cells_read, published.cells as cells_published,
                read.together as sum_read, published.together as sum_published
            from read full join published using (measure_key, retrieved_at) left join dim_measure using (measure_key)
            where
                (read.cells, read.together, read.shown)
                is distinct from (published.cells, published.together, published.shown)
            union all
            -- A reply was never landed without cells, so a table without any has lost them.
            select table_id, null, null, null, null, null
            from (select distinct table_id from raw.read_replies)
            where table_id not in (
                select table_id from dim_measure
                where measure_key in (select distinct measure_key from fct_benchmark_vintage)
            )
            order by all
        """,
        expectations=[no_rows()],
    ),
    Check(
        name="the_newest_values_are_the_vintages_that_still_hold",
        asset="fct_benchmark",
        sql=f"""
            with newest as (
                select measure_key, period_key, count(*) as cells, sum(value) as together
                from fct_benchmark where {_WRITTEN}
                group by all
            ),

            holding as (
                select measure_key, period_key, count(*) as cells, sum(value) as together
                from fct_benchmark_vintage where valid_to is null and {_WRITTEN}
                group by all
            )

            select
                table_id, measure_key, period_key, newest.cells as newest_cells, holding.cells as holding_cells
            from newest full join holding using (measure_key, period_key) left join dim_measure using (measure_key)
            where
                newest.cells is distinct from holding.cells
                or newest.together is distinct from holding.together
        """,
        expectations=[no_rows()],
    ),
    Check(
        name="the_vintages_of_a_cell_follow_one_another",
        asset="fct_benchmark_vintage",
        sql="""
            -- That no two of them hold at a time, the check of the newest values tells.
            with ended as (
                select table_id, measure_key, area_key, period_key, member, value, value_status, valid_from, valid_to
                from fct_benchmark_vintage where valid_to is not null
            ),

            following as (
                select measure_key, area_key, period_key, member, value, value_status, valid_from
                from fct_benchmark_vintage where valid_from in (select distinct valid_to from ended)
            )

            select
                ended.table_id, ended.measure_key, ended.area_key, ended.period_key, ended.member, ended.valid_from,
                ended.valid_to,
                following.valid_from as next_from
            from ended
            left join following
                on ended.measure_key = following.measure_key and ended.area_key = following.area_key
                and ended.period_key = following.period_key and ended.member = following.member
                and ended.valid_to = following.valid_from
            where
                following.valid_from is null
                or ended.valid_to <= ended.valid_from
                or (ended.value, ended.value_status)
                is not distinct from (following.value, following.value_status)
        """,
        expectations=[no_rows()],
    ),
    Check(
        name="a_hidden_cell_has_no_value_and_no_place",
        asset="fct_benchmark_rank",
        sql=f"""
            select table_id, measure_key, area_key, period_key, member, 'has a value' as fault
            from fct_benchmark where (value is null) != (value_status != 'reported')
            union all
            select r.table_id, r.measure_key, r.area_key, r.period_key, r.member, 'is ranked'
            from (select * from fct_benchmark_rank where {_WRITTEN}) as r
            left join (select * from fct_benchmark where {_WRITTEN}) as b
                using (measure_key, area_key, period_key, member)
            where b.value is null
        """,
        expectations=[no_rows()],
    ),
    Check(
        name="the_places_of_a_group_begin_with_one_and_leave_out_none_but_ties",
        asset="fct_benchmark_rank",
        sql=f"""
            with placed as (
                select
                    table_id, measure_key, member, period_key, comparison_group_key, rank, areas_ranked, gap_to_best,
                    row_number() over (ranking order by rank, area_key) as position,
                    lag(rank) over (ranking order by rank, area_key) as before,
                    count(*) over ranking as areas
                from fct_benchmark_rank
                where {_WRITTEN}
                window ranking as (partition by measure_key, member, period_key, comparison_group_key)
            )

            select * from placed
            where
                (rank != position and rank is distinct from before)
                or areas != areas_ranked
                or (rank = 1) != (gap_to_best = 0)
                or gap_to_best < 0
        """,
        expectations=[no_rows()],
    ),
    Check(
        name="every_benchmark_leads_to_a_landed_reply",
        asset="audit_reply",
        sql="""
            with referred as (
                -- The other rows are the documents' own statistics.
                select distinct source_ref from fct_benchmark
                where table_id in (select table_id from raw.read_measures)
                union
                select distinct source_ref from fct_benchmark_vintage
            )

            select source_ref from referred anti join audit_reply using (source_ref)
            union
            select distinct t.actual_source_ref from fct_target_attainment as t
            anti join audit_reply as r on t.actual_source_ref = r.source_ref
            where t.actual_source = 'series'
        """,
        expectations=[no_rows()],
    ),
]
