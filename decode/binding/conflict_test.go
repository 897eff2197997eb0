package binding_test

import (
	"fmt"
	"testing"

	"imapscope/decode/binding"
)

// TestAssignedValuesNameOneMessageEach: what a server assigns is free, but it must name one message each, in ascending
// order, and stay.
func TestAssignedValuesNameOneMessageEach(t *testing.T) {
	uids := func(list ...int) []string {
		var out []string
		for i, u := range list {
			out = append(out, fmt.Sprintf("* %d FETCH (UID %d)", i+1, u))
		}
		return append(out, "a OK done")
	}
	all := func(then, now []string) learned { return learned{"a FETCH 1:3 UID", then, now} }
	next := func(then, now int) learned {
		return learned{"a STATUS INBOX (UIDNEXT)", []string{fmt.Sprintf("* STATUS INBOX (UIDNEXT %d)", then)}, []string{fmt.Sprintf("* STATUS INBOX (UIDNEXT %d)", now)}}
	}
	valid := func(then, now int) learned {
		return learned{"a STATUS INBOX (UIDVALIDITY)", []string{fmt.Sprintf("* STATUS INBOX (UIDVALIDITY %d)", then)}, []string{fmt.Sprintf("* STATUS INBOX (UIDVALIDITY %d)", now)}}
	}
	for _, c := range []struct {
		name    string
		learned []learned
		want    string
	}{
		{"other numbers", []learned{all(uids(10, 20, 30), uids(1, 2, 3)), all(uids(10, 20, 30), uids(1, 2, 3))}, ""},
		{"two swapped", []learned{all(uids(10, 20, 30), uids(1, 3, 2))}, "[unique identifier 30 2]"},
		{"two shared", []learned{all(uids(10, 20, 30), uids(1, 2, 2))}, "[unique identifier 30 2]"},
		{"one that changes", []learned{all(uids(10, 20, 30), uids(1, 2, 3)), all(uids(10, 20), uids(1, 4))}, "[unique identifier 20 4]"},
		{"UIDNEXT above all", []learned{all(uids(10, 20, 30), uids(1, 2, 3)), next(31, 9)}, ""},
		{"UIDNEXT that a message has", []learned{all(uids(10, 20, 30), uids(1, 2, 3)), next(31, 3)}, "[uidnext 31 3]"},
		{"UIDNEXT twice", []learned{next(31, 9), next(31, 9), next(33, 11)}, ""},
		{"another UIDVALIDITY", []learned{valid(1, 5), valid(2, 6), valid(1, 5)}, ""},
		{"UIDVALIDITY that changes now", []learned{valid(1, 5), valid(1, 6)}, "[uidvalidity 1 6]"},
		{"a copy that is named twice", []learned{{"a UID COPY 1:2 INBOX", []string{"a OK [COPYUID 5 3:4 10,20] ok"}, []string{"a OK [COPYUID 9 1,2 101,101] ok"}}}, "[unique identifier 20 101]"},
	} {
		t.Run(c.name, func(t *testing.T) {
			m, got := binding.New(), ""
			for _, l := range c.learned {
				for _, x := range m.Learn(said(l.request, l.then...), said(l.request, l.now...)) {
					got += fmt.Sprintf("[%s %d %d]", x.Role, x.Then, x.Now)
				}
			}
			if got != c.want {
				t.Errorf("%s, want %s", got, c.want)
			}
		})
	}
}
