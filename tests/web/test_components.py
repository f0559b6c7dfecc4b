"""Each component macro, with and without its options."""

from __future__ import annotations

import pytest


@pytest.fixture
def ui(rendered):
    """Renders a template in which the macros are `ui`, with white space evened out."""
    return lambda text, **context: " ".join(
        rendered('{% import "web/components.html" as ui %}' + text, **context).split()
    )


def test_button(ui):
    assert ui("{{ ui.button('Save') }}") == (
        '<button type="submit" class="govuk-button" data-module="govuk-button">Save</button>'
    )
    assert 'class="govuk-button govuk-button--warning"' in ui("{{ ui.button('Revoke', kind='warning') }}")
    assert 'name="do" value="end"' in ui("{{ ui.button('End', name='do', value='end') }}")
    assert '<a href="/x" role="button"' in ui("{{ ui.button('Go', href='/x') }}")


def test_back_link_and_breadcrumbs(ui):
    assert '<a href="/x" class="govuk-back-link">Back</a>' in ui("{{ ui.back_link('/x') }}")
    shown = ui("{{ ui.breadcrumbs([('Log', '/log/'), ('Entry 7', none)]) }}")
    assert '<a class="govuk-breadcrumbs__link" href="/log/">Log</a>' in shown
    assert '<li class="govuk-breadcrumbs__list-item" aria-current="page">Entry 7</li>' in shown


def test_heading(ui):
    assert '<h1 class="govuk-heading-l">Reads</h1>' in ui("{{ ui.heading('Reads') }}")
    shown = ui("{% call ui.heading('Reads', caption='R-1') %}beside{% endcall %}")
    assert '<span class="govuk-caption-l">R-1</span> Reads</h1> beside' in shown


def test_tag_inset_warning_details(ui):
    assert ui("{{ ui.tag('New') }}") == '<strong class="govuk-tag">New</strong>'
    assert ui("{{ ui.tag('Late', 'red') }}") == '<strong class="govuk-tag govuk-tag--red">Late</strong>'
    assert ui("{% call ui.inset() %}a{% endcall %}") == '<div class="govuk-inset-text">a</div>'
    assert '<span class="govuk-visually-hidden">Warning: </span>Mind' in ui("{{ ui.warning('Mind') }}")
    assert '<details class="govuk-details" open>' in ui(
        "{% call ui.details('Why', open=true) %}a{% endcall %}"
    )


def test_a_success_is_announced_and_other_news_is_a_landmark(ui):
    assert 'role="alert" aria-labelledby="m-title"' in ui("{{ ui.notification('a', success=true, id='m') }}")
    assert 'role="region"' in ui("{{ ui.notification('a') }}")


def test_a_table_is_named_scrolls_and_is_reached_by_keyboard(ui):
    shown = ui("{% call ui.table('Reads', ['Plate', ['Count']], id='t') %}<tr></tr>{% endcall %}")
    assert '<div class="tp-table-scroll" role="region" aria-labelledby="t-caption" tabindex="0">' in shown
    assert '<caption id="t-caption">Reads</caption>' in shown
    assert '<th scope="col">Plate</th> <th scope="col" class="tp-table__numeric">Count</th>' in shown
    assert "<tbody><tr></tr></tbody>" in shown
    hidden = ui("{% call ui.table('Reads', [], id='t', caption_hidden=true) %}{% endcall %}")
    assert 'class="govuk-visually-hidden">Reads</caption>' in hidden


def test_a_summary_list_says_what_is_not_known(ui):
    shown = ui("{{ ui.summary_list([('Lane', 0), ('Colour', none), ('Typed', '<b>')]) }}")
    assert '<dd class="govuk-summary-list__value">0</dd>' in shown
    assert "Not known" in shown
    assert "&lt;b&gt;" in shown


def test_pagination_offers_what_there_is(ui):
    assert ui("{{ ui.pagination() }}") == ""
    newer = ui("{{ ui.pagination(newer='?a=1&b=2') }}")
    assert 'href="?a=1&amp;b=2" rel="prev"' in newer
    assert "Older" not in newer
    assert 'rel="next"' in ui("{{ ui.pagination(older='?c') }}")


def test_empty_and_panel(ui):
    assert ui("{{ ui.empty('None', 'Wait.') }}") == (
        '<div class="tp-empty"> <p class="tp-empty__title">None</p> <p>Wait.</p> </div>'
    )
    assert "<p>Wait.</p> go" in ui("{% call ui.empty('None', 'Wait.') %}go{% endcall %}")
    assert '<h3 class="govuk-heading-s">Read</h3> a' in ui(
        "{% call ui.panel('Read', level=3) %}a{% endcall %}"
    )
    assert ui("{% call ui.panel() %}a{% endcall %}") == '<section class="tp-panel"> a </section>'
