package capture_test

import (
	"testing"

	"imapscope/capture"
)

func TestActs(t *testing.T) {
	for _, a := range []capture.Act{
		{Kind: capture.ByFault, Text: "drop tagged", Tag: "a1"},
		{Kind: capture.ByFault, Text: "drop data"},
		{Kind: capture.ByHolding, Text: "3.2 s", Tag: "A)("},
		{Kind: capture.ByEdit, Text: "dropped", Tag: "(on"},
		{Kind: capture.ByFault, Text: `status NO "no (on a7)"`},
		{Kind: capture.ByFault, Text: "tag x (on a7)"},
		{Kind: capture.ByFault, Text: "tag x (on a7)", Tag: "a8"},
	} {
		got, ok := capture.ParseAct(a.String())
		if !ok || got != a {
			t.Errorf("%+v is %q, which is read as %+v, %t", a, a.String(), got, ok)
		}
	}
	for _, note := range []string{"", "upstream 192.0.2.1:143", capture.ServerLegIs + "192.0.2.1:9 > 192.0.2.2:143"} {
		if a, ok := capture.ParseAct(note); ok {
			t.Errorf("%q is read as %+v", note, a)
		}
	}
}
