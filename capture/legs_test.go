package capture

import (
	"net/netip"
	"testing"
)

// TestLegOf checks that what Link writes is read again, and that other texts are no links.
func TestLegOf(t *testing.T) {
	other := Peers{netip.MustParseAddrPort("192.0.2.1:59550"), netip.MustParseAddrPort("[2001:db8::1]:143")}
	for _, leg := range []Leg{ClientLeg, ServerLeg} {
		if got, p := LegOf(Link(leg, other)); got != leg || p != other {
			t.Errorf("%s leg is read as %s, %v", leg, got, p)
		}
	}
	for _, text := range []string{
		"", ServerLegIs, ServerLegIs + "nothing", ServerLegIs + "192.0.2.1:5 192.0.2.1:6",
		ClientLegIs + "192.0.2.1:5 > 192.0.2.1:70000", ClientLegIs + "192.0.2.1:5 > 192.0.2.1:6 and more", "x" + Link(ClientLeg, other),
	} {
		if got, _ := LegOf(text); got != NoLeg {
			t.Errorf("%q is read as the %s's leg", text, got)
		}
	}
}
