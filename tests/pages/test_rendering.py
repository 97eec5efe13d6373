"""What templates do to texts on their way to the page."""

from services.api.pages.rendering import environment


def test_dates_are_not_broken_at_their_hyphens_and_what_is_beside_them_stays_harmless():
    shown = environment("en").from_string("{{ said | whole_days }}").render(said="<b> 45 d (2026-08-17 – 2026-10-01)")
    assert shown == ('&lt;b&gt; 45 d (<span class="nowrap">2026-08-17</span> – <span class="nowrap">2026-10-01</span>)')
