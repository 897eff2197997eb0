package replay

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestParseBindingsKeepsCommasInValues(t *testing.T) {
	b, err := ParseBindings([]string{"user=fred,password=a,b=c,d", "mailbox=x,mailbox:old=new"})
	want := Bindings{User: "fred", Password: "a,b=c,d", Mailbox: "x", Mailboxes: map[string]string{"old": "new"}}
	if d := cmp.Diff(want, b); d != "" || err != nil {
		t.Errorf("%v\n%s", err, d)
	}
	for _, bad := range []string{"user", "user=", "name=x", "=x"} {
		if _, err := ParseBindings([]string{bad}); err == nil {
			t.Errorf("%q is accepted", bad)
		}
	}
}

func TestReadUsers(t *testing.T) {
	got, err := readUsers(strings.NewReader("# who\nfred,secret\n\"a,b\",c\n"))
	want := []Bindings{{User: "fred", Password: "secret"}, {User: "a,b", Password: "c"}}
	if d := cmp.Diff(want, got); d != "" || err != nil {
		t.Errorf("%v\n%s", err, d)
	}
	for _, bad := range []string{"", "fred\n", "fred,secret,more\n"} {
		if _, err := readUsers(strings.NewReader(bad)); err == nil || !strings.Contains(err.Error(), "user,password") {
			t.Errorf("%q: %v", bad, err)
		}
	}
}
