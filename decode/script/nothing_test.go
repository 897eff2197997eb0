package script

import "testing"

// Nothing is why nothing can be played, and says nothing if one session can.
func TestWhyNothingCanBePlayed(t *testing.T) {
	tls, plain := &Session{LeftOut: "it is TLS"}, &Session{}
	for _, test := range []struct {
		sessions []*Session
		want     string
	}{{nil, ""}, {[]*Session{tls, {LeftOut: "neither"}}, "it is TLS"}, {[]*Session{tls, plain}, ""}} {
		s := &Script{Sessions: test.sessions}
		want := ""
		if test.want != "" {
			want = ": " + test.want
		}
		if got := s.Nothing(); got != test.want || s.Because() != want {
			t.Errorf("%d sessions: %q, %q", len(test.sessions), got, s.Because())
		}
	}
}
