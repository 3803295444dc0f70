-- The rules between rows of the input tables: one query each, whose rows are the faults: a row of the input, one of its
-- columns, and what is wrong there. A blank cell is null. `_row` numbers the rows of all tables as they were read;
-- `_document`, `_file` and `_line` say where a row stands.

-- What the warehouse calls members and sums of its own is no name of anything else.
select _row, column_name, 'is what the warehouse calls a member of its own; choose another name'
from (
    select _row, 'account_id' as column_name, account_id as name from accounts
    union all
    select _row, 'theme_name', theme_name from budget_lines
    union all
    select _row, 'theme_name', theme_name from budget_totals
)
where name in ('I alt', 'Ikke oplyst', 'Flere enheder', '(several)');

-- The type of an area decides whether it has a code and a region.
select _row, column_name, case when is_needed then 'may not' else 'must' end || ' be blank for a ' || area_type
from (
    select _row, area_type, 'municipality_code' as column_name, municipality_code as cell,
        area_type = 'municipality' as is_needed
    from areas
    union all
    select _row, area_type, 'region_name', region_name, area_type <> 'country' from areas
)
where area_type in ('municipality', 'region', 'country') and (cell is not null) <> is_needed;

-- A region is one area.
select _row, 'region_name', 'stands already in line ' || first_line || ': a region is one area'
from (
    select _row, _line, first_value(_line) over (partition by region_name order by _row) as first_line
    from areas
    where area_type = 'region'
)
where _line > first_line;

-- A municipality's code is one area's.
select _row, 'municipality_code', 'stands already in line ' || first_line || ': a code is one area''s'
from (
    select _row, _line, first_value(_line) over (partition by municipality_code order by _row) as first_line
    from areas
    where municipality_code is not null
)
where _line > first_line;

-- No unit is above itself.
with recursive above as (
    select unit_id, parent_unit_id from units
    union
    select above.unit_id, units.parent_unit_id
    from above inner join units on units.unit_id = above.parent_unit_id
)
select units._row, 'parent_unit_id', 'puts the unit below itself; name the unit above it, or leave it blank'
from units inner join above on above.unit_id = units.unit_id and above.parent_unit_id = units.unit_id;

-- A document is a municipality's; a unit is one's too, or the country's, which all of them share.
select document._row, 'municipality_name', 'must be a municipality, and is a ' || area.area_type
from documents as document inner join areas as area on area.area_name = document.municipality_name
where area.area_type <> 'municipality'
union all
select unit._row, 'municipality_name',
    'must be a municipality, or the country where all municipalities share the unit; it is a ' || area.area_type
from units as unit inner join areas as area on area.area_name = unit.municipality_name
where area.area_type = 'region';

-- A unit is below one of its own municipality, or below a shared one.
select unit._row, 'parent_unit_id',
    'is a unit of ' || above.municipality_name || ', and this one is of ' || unit.municipality_name
from units as unit
inner join units as above on above.unit_id = unit.parent_unit_id
where above.municipality_name <> unit.municipality_name
    and above.municipality_name not in (select area_name from areas where area_type = 'country');

-- The names by which the documents of a municipality know its own units and the shared ones.
create view unit_names as
select alias._row, alias._file, alias._line, alias.alias, alias.unit_id, municipality.area_name as municipality_name
from unit_aliases as alias
inner join units as unit on unit.unit_id = alias.unit_id
inner join areas as owner on owner.area_name = unit.municipality_name
inner join areas as municipality
    on municipality.area_type = 'municipality' and (owner.area_type = 'country' or owner.area_name = municipality.area_name);

-- Within a municipality a name is one unit's, and does not merely look like another unit's.
select _row, 'alias', case when alias = other then 'stands already' else 'looks like ''' || other || '''' end
    || ' in line ' || other_line || ' for another unit of ' || municipality_name || '; one name is one unit''s'
from (
    select named._row, named.alias, named.municipality_name, other.alias as other, other._line as other_line,
        row_number() over (partition by named._row order by other._row, named.municipality_name) as place
    from unit_names as named
    inner join unit_names as other
        on other.municipality_name = named.municipality_name
        and other.unit_id <> named.unit_id
        and other._row < named._row
        and look(other.alias) = look(named.alias)
)
where place = 1;

-- A document names units of its own municipality, and shared ones.
select named._row, 'unit_named',
    'is a unit of ' || min(unit.municipality_name) || ' (' || alias._file || ':' || alias._line
    || '), and the document is of ' || document.municipality_name
    || '; add that municipality''s own unit to units.csv, and this name of it to unit_aliases.csv'
from (
    select _row, _document, unit_named from initiative_units
    union all
    select _row, _document, unit_named from budget_lines
) as named
inner join documents as document on document.document_id = named._document
inner join unit_aliases as alias on alias.alias = named.unit_named
inner join units as unit on unit.unit_id = alias.unit_id
inner join areas as owner on owner.area_name = unit.municipality_name
where not exists (
    select 1 from unit_names as known
    where known.alias = named.unit_named and known.municipality_name = document.municipality_name
)
group by named._row;

-- An abbreviation is no alias of another unit of the municipality.
select unit._row, 'abbreviation',
    'is the alias of another unit, ''' || named.unit_id || ''', in ' || named._file || ':' || named._line
from units as unit
inner join unit_names as named
    on named.municipality_name = unit.municipality_name and look(named.alias) = look(unit.abbreviation)
where named.unit_id <> unit.unit_id;

-- Nor does it stand for two units.
select _row, 'abbreviation', 'stands already in line ' || first_line || ': it is one unit''s'
from (
    select _row, _line,
        first_value(_line) over (partition by municipality_name, look(abbreviation) order by _row) as first_line
    from units
    where abbreviation is not null
)
where _line > first_line;

-- The lower bound of a target group is not above its upper one.
select _row, what || '_to', 'is below ' || what || '_from (' || low || ')'
from (
    select _row, 'age' as what, age_from as low, age_to as high from target_groups
    union all
    select _row, 'match_group', match_group_from, match_group_to from target_groups
)
where low || high not glob '*[^0-9]*' and cast(low as integer) > cast(high as integer);

-- A focus area has a name of its own.
select _row, 'theme_name',
    'stands already in line ' || first_line || ': budget lines and totals name a focus area by it'
from (
    select _row, _line, first_value(_line) over (partition by _document, theme_name order by _row) as first_line
    from themes
)
where _line > first_line;

-- A budget line names one focus area: by its heading, by its initiative, or by itself where they name none.
with named as (
    select line._row, line.theme_name, line.theme_no, heading.theme_no as heading, initiative.theme_no as own,
        line._document in (select _document from themes) as has_themes
    from budget_lines as line
    -- Of two with one name, which is a fault of its own, the last.
    left join (
        select *, lead(_row) over (partition by _document, theme_name order by _row) as next_row from themes
    ) as heading
        on heading._document = line._document and heading.theme_name = line.theme_name and heading.next_row is null
    left join initiatives as initiative
        on initiative._document = line._document and initiative.initiative_no = line.initiative_no
)
select _row, 'theme_name',
    'is no focus area of themes.csv, and no initiative has one; name the area in the column theme_no'
from named where has_themes and theme_name is not null and coalesce(theme_no, heading, own) is null
union all
select _row, 'theme_no',
    'must be that of its heading or initiative: ' || coalesce(own, heading) || '; leave it blank where they name it'
from named where theme_no <> heading or theme_no <> own
union all
select _row, 'theme_name', 'is the focus area ' || heading || ', but the initiative belongs to ' || own
from named where theme_no is null and heading <> own;

-- The same level is given once.
select _row, 'measure_id',
    'is the level of line ' || first_line || ' again: measure, area, period and member are the same'
    || '; write the second as a figure with a claim'
from (
    select _row, _line, first_value(_line) over (
        partition by _document, measure_id, area_name, period_id, member order by _row
    ) as first_line
    from levels
)
where _line > first_line;

-- A level is in the unit of its measure; all money is read as kroner.
select level._row, 'unit', 'must be that of the measure: ''' || measure.unit || ''''
from levels as level inner join measures as measure
    on measure._document = level._document and measure.measure_id = level.measure_id
where case when level.unit like '% kr.' then 'kr.' else level.unit end <> measure.unit;

select _row, 'is_total', 'must be yes where the member is ''I alt'''
from levels where member = 'I alt' and is_total = 'no';

-- Units in which no number of courses and no size of a group is printed.
select _row, 'unit', 'counts neither courses nor persons; write what is counted (forløb, personer)'
from (
    select _row, unit from courses
    union all
    select _row, unit from target_groups
    union all
    select _row, unit from actual_courses
)
where unit like '%kr.' or unit in ('pct.', 'pct.-point', 'nr.', 'dato');

-- The kind of a target decides its unit, `tekst` where no number is printed, and its comparator.
select _row, 'unit', 'must be ' || needed || ' for the kind ' || target_kind || ' (tekst where no number is printed)'
from (
    select *, case target_kind when 'rank' then 'nr.' when 'share' then 'pct.' when 'deadline' then 'dato' end as needed
    from targets
)
where unit not in (needed, 'tekst');

select _row, 'target_kind', 'must be deadline where the unit is dato'
from targets where unit = 'dato' and target_kind <> 'deadline';

select _row, 'comparator', 'by_date goes with the kind deadline, and with no other'
from targets where (coalesce(target_kind, '') = 'deadline') <> (coalesce(comparator, '') = 'by_date');

select _row, 'area_name', 'may not be blank for the kind beat_area'
from targets where target_kind = 'beat_area' and area_name is null;

select _row, 'due_date', 'is in another year than due_year (' || due_year || ')'
from targets where substr(due_date, 1, length(due_year)) <> due_year;

select target._row, 'theme_no',
    'must be that of the initiative ' || target.initiative_no || ': ' || initiative.theme_no
from targets as target inner join initiatives as initiative
    on initiative._document = target._document and initiative.initiative_no = target.initiative_no
where target.theme_no <> initiative.theme_no;

-- The status of a target is reported in the target's unit.
select status._row, 'unit', 'must be that of the target: ''' || target.unit || ''''
from target_status as status inner join targets as target
    on target._document || ':' || target.figure_id = full_name(status._document, status.target_id)
where status.unit <> target.unit and 'tekst' not in (status.unit, target.unit);

-- A target that replaces another has its first day, and no other has one.
select _row, case when valid_from is null then 'valid_from' else 'supersedes' end,
    'may not be blank: a target that replaces another has its first day too'
from targets where (supersedes is null) <> (valid_from is null);

-- No target replaces itself, nor one that holds from that day on or later, nor one that was replaced on another day.
with recursive succession as (
    select *,
        case when instr(supersedes, ':') then substr(supersedes, 1, instr(supersedes, ':') - 1) else _document end
            as replaced_document,
        substr(supersedes, instr(supersedes, ':') + 1) as replaced_id
    from targets
    where supersedes is not null
),

chain as (
    select _row, replaced_document, replaced_id from succession
    union
    select chain._row, earlier.replaced_document, earlier.replaced_id
    from chain inner join succession as earlier
        on earlier._document = chain.replaced_document and earlier.figure_id = chain.replaced_id
)
select target._row, 'supersedes', 'leads back to this target: no target replaces itself'
from succession as target inner join chain
    on chain._row = target._row
    and chain.replaced_document = target._document
    and chain.replaced_id = target.figure_id
union all
select target._row, 'valid_from',
    'must be after the day since which ''' || target.supersedes || ''' holds: ' || replaced.valid_from
from succession as target inner join targets as replaced
    on replaced._document = target.replaced_document and replaced.figure_id = target.replaced_id
where target.valid_from <= replaced.valid_from
union all
select _row, 'valid_from',
    'is not the day on which ''' || supersedes || ''' is replaced: ' || coalesce(first_day, '')
from (
    select *, first_value(valid_from) over (partition by replaced_document, replaced_id order by _row) as first_day
    from succession
)
where coalesce(valid_from, '') <> coalesce(first_day, '');

-- A part is of a line that is no part, and for its years: what another took from which year would be a guess.
with part as (
    select part._row, part.year_from, part.year_to, part.basis, coalesce(part.is_level, '') as is_level, part._line,
        whole._row as whole_row, whole.part_of as whole_part_of, whole.is_split_complete, whole.year_from as whole_from,
        whole.year_to as whole_to, whole.basis as whole_basis, coalesce(whole.is_level, '') as is_whole_level,
        whole._line as whole_line
    from budget_lines as part
    inner join budget_lines as whole on whole._document = part._document and whole.figure_id = part.part_of
),

compared as (
    select _row, whole_line, 'year_from' as column_name, year_from as own, whole_from as of_whole from part
    union all
    select _row, whole_line, 'year_to', year_to, whole_to from part
    union all
    select _row, whole_line, 'basis', basis, whole_basis from part
    union all
    -- A blank means no.
    select _row, whole_line, 'is_level', is_level, is_whole_level from part
    where (is_level = 'yes') <> (is_whole_level = 'yes')
)
select _row, 'part_of', 'must name a line that is itself no part'
from part where whole_row = _row or whole_part_of is not null
union all
select whole_row, 'is_split_complete', 'must be yes or no, since line ' || _line || ' is a part of this one'
from part where is_split_complete is null
union all
select _row, column_name,
    'must be that of the line that it is a part of (''' || coalesce(of_whole, '') || ''' in line ' || whole_line || ')'
from compared where coalesce(own, '') <> coalesce(of_whole, '');

-- An amount that goes on has a first year, and comes again each year.
select _row, 'basis', 'must be yearly on an amount that goes on (is_open_ended)'
from budget_lines where is_open_ended = 'yes' and basis = 'whole';

-- A price level is a year's, or that of the year in which the money is spent.
select _row, 'price_level', 'names no single year; write the words that are printed, such as 2024-pl or løbende priser'
from (
    select _row, price_level from budget_lines
    union all
    select _row, price_level from budget_totals
)
where price_level not like '%løbende%' and price_level_year(price_level) is null;

-- Money is counted once: where another document's budget has it, that one is not counted elsewhere in turn.
with counted as (
    select line._row, line._document, line.figure_id, line.counted_in,
        substr(line.counted_in, 1, instr(line.counted_in, ':') - 1) as other_document,
        substr(line.counted_in, instr(line.counted_in, ':') + 1) as other_id
    from budget_lines as line
    where line.counted_in is not null
),

budgets as (
    select _document, figure_id from budget_lines
    union all
    select _document, figure_id from budget_totals
)
select _row, 'counted_in', case
    when other_document in ('', _document) then 'must name a figure of another document: <document_id>:<figure_id>'
    when other_id not in (select figure_id from budgets where _document = other_document)
        then 'must name a budget line or total of that document'
    else 'names money that is counted in a third document itself; name that one'
end
from counted
where other_document in ('', _document)
    or other_id not in (select figure_id from budgets where _document = other_document)
    or other_document || ':' || other_id in (select _document || ':' || figure_id from counted);

-- A follow-up is of a budget line or total, in a year that it is for.
with followed as (
    select followup._row, followup.year, followup.budget_figure_id,
        full_name(followup._document, followup.budget_figure_id) as named
    from budget_followups as followup
    where followup.budget_figure_id is not null
),

budgets as (
    select _document || ':' || figure_id as named, year_from, case when is_open_ended = 'yes' then '9999' else year_to end
        as year_to
    from budget_lines
    union all
    select _document || ':' || figure_id, year_from, year_to from budget_totals
)
select followed._row, case when budgets.named is null then 'budget_figure_id' else 'year' end, case
    when budgets.named is null then 'must name a budget line or total'
    else 'is outside the years of ' || followed.budget_figure_id || ' (' || budgets.year_from || '-' || budgets.year_to || ')'
end
from followed left join budgets on budgets.named = followed.named
where budgets.named is null or followed.year not between budgets.year_from and budgets.year_to;

-- A line that is followed up is one line in all its rows.
select later._row, 'budget_figure_id', 'must be that of line ' || first._line || ', which is the same line in the same year'
from budget_followups as later inner join budget_followups as first
    on first._document = later._document
    and coalesce(first.line_name, '') = coalesce(later.line_name, '')
    and first.year = later.year
    and first._row < later._row
where coalesce(first.budget_figure_id, '') <> coalesce(later.budget_figure_id, '')
group by later._row;

-- A part of a line is below a line that is no part.
select part._row, 'part_of_line', 'must name a line that is itself no part'
from budget_followups as part
where part.part_of_line is not null
    and (
        part.line_name is null
        or part.part_of_line in (
            select line_name from budget_followups
            where _document = part._document and (part_of_line is not null or line_name = part.line_name)
        )
    )
group by part._row;

-- What is so on a day has one: its own, or that of the document.
select followup._row, 'as_of', 'may not be blank, since shared/documents.csv has no date of the document either'
from budget_followups as followup inner join documents as document on document.document_id = followup._document
where followup.as_of is null and document.dated is null;

-- Courses that were held are counted as those that were planned.
select held._row, 'unit', 'must be that of what it answers to: ''' || planned.unit || ''''
from courses_held as held inner join courses as planned
    on planned._document || ':' || planned.figure_id = full_name(held._document, held.course_figure_id)
where held.unit <> planned.unit;

-- Periods in which courses were held lie within each other or apart: those that overlap in part cannot be added up.
with held as (
    select _row, _file, _line, period_id, full_name(_document, course_figure_id) as named from courses_held
    union all
    select _row, _file, _line, period_id, document_id || ':' || course_figure_id from actual_courses
)
select later._row, 'period_id',
    'overlaps ' || earlier.period_id || ' in ' || earlier._file || ':' || earlier._line || ' only in part'
from held as later inner join held as earlier
    on earlier.named = later.named and earlier._row < later._row
where first_day(earlier.period_id) < first_day(later.period_id)
    and last_day(earlier.period_id) between first_day(later.period_id) and last_day(later.period_id)
    and last_day(earlier.period_id) < last_day(later.period_id)
    or first_day(later.period_id) < first_day(earlier.period_id)
    and last_day(later.period_id) between first_day(earlier.period_id) and last_day(earlier.period_id)
    and last_day(later.period_id) < last_day(earlier.period_id);

-- A level of money is for one year at a time.
select _row, 'year_from', 'may not be blank on a level, which replaces that of the year before'
from budget_lines where is_level = 'yes' and year_from is null;

select _row, 'basis', 'must be yearly on a level that is the same in several years'
from budget_lines where is_level = 'yes' and basis = 'whole' and year_from <> coalesce(year_to, '');

-- No two totals of one scope are for the same year, since one implies the other.
with total as materialized (
    select _row, _line, _document, year_from, year_to, coalesce(theme_name, '') as theme_name,
        coalesce(line_name, '') as line_name, coalesce(account_id, '') as account_id
    from budget_totals
)
select later._row, 'year_from',
    'overlaps line ' || total._line || ', a total of the same scope; write one of them as a figure and a claim'
from total as later inner join total using (_document, theme_name, line_name, account_id)
where total._row < later._row and later.year_from <= total.year_to and total.year_from <= later.year_to;

-- An actual is of the years of what it answers to: its own, or those of the plan. A target may be observed at any time
-- of the plan and until it is due, a deadline also when it has passed.
with actual as (
    select _row, document_id, course_figure_id as named, period_id from actual_courses
    union all
    select _row, document_id, budget_figure_id, period_id from actual_amounts
    union all
    select _row, document_id, target_id, period_id from actual_targets
),

answered as (
    select _document, figure_id, year_from, year_to, '' as due, _file, _line from courses
    union all
    select _document, figure_id, year_from, year_to, '', _file, _line from budget_lines
    union all
    select _document, figure_id, null, null, case
        when target_kind = 'deadline' then '9999'
        else max(coalesce(due_year, ''), substr(coalesce(due_date, ''), 1, 4))
    end, _file, _line
    from targets
),

spanned as (
    select actual._row, actual.period_id, actual.named, answered._file, answered._line,
        coalesce(answered.year_from, plan.year_from) as first_year,
        max(coalesce(answered.year_to, plan.year_to), answered.due) as last_year
    from actual
    inner join documents as plan on plan.document_id = actual.document_id
    inner join answered on answered._document = actual.document_id and answered.figure_id = actual.named
)
select _row, 'period_id', 'is outside the years of ' || named || ' ('
    || case when first_year = last_year then first_year else first_year || '-' || last_year end
    || ', ' || _file || ':' || _line || ')'
from spanned
where first_year || last_year not glob '*[^0-9]*'
    and (substr(first_day(period_id), 1, 4) < first_year or substr(last_day(period_id), 1, 4) > last_year);

-- Actuals of the same thing are added up, so their periods do not overlap. A line and a part of it are the same money,
-- two parts are not. Targets are not added up: a quarter and its year are two observations.
with spent as (
    select 'courses' as what, _row, _line, document_id, course_figure_id as named, course_figure_id as thing, period_id
    from actual_courses
    union all
    select 'amounts', actual._row, actual._line, actual.document_id, actual.budget_figure_id,
        coalesce(line.part_of, actual.budget_figure_id), actual.period_id
    from actual_amounts as actual
    left join budget_lines as line
        on line._document = actual.document_id and line.figure_id = actual.budget_figure_id
),

overlapping as (
    select later._row, earlier._line, earlier.period_id,
        row_number() over (partition by later._row order by earlier._row) as place
    from spent as later inner join spent as earlier
        on earlier.what = later.what
        and earlier.document_id = later.document_id
        and earlier.thing = later.thing
        and earlier._row < later._row
        and (earlier.named = later.named or later.thing in (earlier.named, later.named))
        and first_day(later.period_id) <= last_day(earlier.period_id)
        and first_day(earlier.period_id) <= last_day(later.period_id)
)
select _row, 'period_id', 'overlaps ' || period_id || ' in line ' || _line || ', and the two would be added up'
from overlapping where place = 1;

-- A claim is either counted or computed.
select _row, 'expression', 'a claim has either an expression or something counted, and not both'
from claims where (counted is null) = (expression is null);

-- Another reading of a known fault is given in both languages.
select _row, case when other_reading is null then 'other_reading' else 'other_reading_da' end,
    'must be given in both languages, or in neither'
from known_faults where (other_reading is null) <> (other_reading_da is null);

-- An index is above zero, is called by one name, and leaves no year out.
select _row, 'value', 'must be above zero'
from price_index where value not glob '*[^0-9.]*' and cast(value as real) = 0 or value like '-%'
union all
select later._row, 'price_index_name', 'must be that of line ' || earlier._line || ': ''' || earlier.price_index_name || ''''
from price_index as later inner join price_index as earlier using (price_index_id)
where earlier._row < later._row and earlier.price_index_name <> later.price_index_name
group by later._row
union all
select _row, 'year', 'follows ' || before || '; a year between them is missing'
from (
    select *, lag(year) over (partition by price_index_id order by year) as before from price_index
)
where cast(year as integer) > cast(before as integer) + 1;

-- The reports use the prices of one year of one index.
select _row, 'is_base', case
    when marks > 1 then 'stands in ' || marks || ' lines; mark the one year whose prices the reports use'
    else 'must be yes in one line, since there are several indexes: on the year whose prices the reports use'
end
from (
    select *, sum(is_base = 'yes') over () as marks, min(price_index_id) over () as first_index,
        max(price_index_id) over () as last_index, row_number() over (order by _row) as place
    from price_index
)
where marks > 1 and is_base = 'yes' or coalesce(marks, 0) = 0 and first_index <> last_index and place = 1;
