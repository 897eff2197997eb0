package diff

import "testing"

// TestTLSChangesWhatIsOffered: STARTTLS and LOGINDISABLED are offered only without TLS.
func TestTLSChangesWhatIsOffered(t *testing.T) {
	a := exchanges(t, "S: * OK [CAPABILITY IMAP4rev1 STARTTLS LOGINDISABLED IDLE] ready\nC: a CAPABILITY\nS: * CAPABILITY IMAP4rev1 STARTTLS LOGINDISABLED IDLE\nS: a OK\n")
	b := exchanges(t, "S: * OK [CAPABILITY IMAP4rev1 IDLE] ready\nC: a CAPABILITY\nS: * CAPABILITY IDLE IMAP4rev1\nS: a OK\n")
	c := exchanges(t, "S: * OK [CAPABILITY IMAP4rev1] ready\nC: a CAPABILITY\nS: * CAPABILITY IMAP4rev1\nS: a OK\n")
	for i := range a {
		if d := Exchanges(a[i], b[i], Options{TLS: true}); len(d) > 0 {
			t.Errorf("with TLS: %v", d)
		}
		if d := Exchanges(a[i], b[i], Options{}); len(d) == 0 {
			t.Error("without TLS: no difference")
		}
		if d := Exchanges(a[i], c[i], Options{TLS: true}); len(d) == 0 {
			t.Error("IDLE is missing: no difference")
		}
	}
}
