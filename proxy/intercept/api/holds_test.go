package api

import (
	"bufio"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"strings"
	"testing"

	"imapscope/proxy/intercept/intercepttest"
)

// await returns the messages that wait, once there are any.
func (r *rig) await() (list []heldJSON) {
	r.t.Helper()
	got := r.must(http.StatusOK, "GET", "/waiting?wait=30s", "")
	if err := json.Unmarshal([]byte(got), &list); err != nil || len(list) == 0 {
		r.t.Fatalf("waiting: %s, %v", got, err)
	}
	return list
}

// TestHeldCommandsAreResumedAndDropped holds commands, resumes one and drops another.
func TestHeldCommandsAreResumedAndDropped(t *testing.T) {
	r := newRig(t, intercepttest.Answers)
	if got := r.must(http.StatusOK, "PUT", "/holding", `["command == \"NOOP\""]`); got != `["command == \"NOOP\""]` {
		t.Errorf("rules: %s", got)
	}
	c := r.dial()
	c.send("a CHECK")
	c.expect("* OK got CHECK")
	c.expect("a OK done")
	c.send("b NOOP")
	w := r.await()[0]
	if w.Tag != "b" || w.Word != "NOOP" || w.From != "client" || w.Txn != 2 || w.Conn.Client != c.LocalAddr().String() || w.Bytes != 8 || !w.Release.After(w.Since) {
		t.Errorf("held: %+v", w)
	}
	r.must(http.StatusNoContent, "POST", fmt.Sprintf("/waiting/%d/resume", w.ID), "")
	c.expect("* OK got NOOP")
	c.expect("b OK done")
	r.must(http.StatusNotFound, "POST", fmt.Sprintf("/waiting/%d/resume", w.ID), "")

	c.send("c NOOP")
	r.must(http.StatusNoContent, "POST", fmt.Sprintf("/waiting/%d/drop", r.await()[0].ID), "")
	c.send("d CHECK")
	c.expect("* OK got CHECK")
	c.expect("d OK done")

	c.send("d1 NOOP")
	id := r.await()[0].ID
	if got := r.must(http.StatusBadRequest, "POST", fmt.Sprintf("/waiting/%d/answer", id), `{"text":"* 3 EXISTS"}`); !strings.Contains(got, "error") {
		t.Errorf("an answer without its end: %s", got)
	}
	r.must(http.StatusNoContent, "POST", fmt.Sprintf("/waiting/%d/answer", id), `{"text":"* 3 EXISTS\nNO not today"}`)
	c.expect("* 3 EXISTS")
	c.expect("d1 NO not today")

	c.send("d2 NOOP")
	w = r.await()[0]
	if !strings.Contains(w.Text, "d2 NOOP\n") {
		t.Errorf("the text: %q", w.Text)
	}
	body, err := json.Marshal(map[string]string{"text": strings.Replace(w.Text, "NOOP", "CHECK", 1)})
	if err != nil {
		t.Fatal(err)
	}
	r.must(http.StatusNoContent, "POST", fmt.Sprintf("/waiting/%d/edit", w.ID), string(body))
	c.expect("* OK got CHECK")
	c.expect("d2 OK done")

	c.send("e NOOP")
	r.await()
	if got := r.must(http.StatusOK, "POST", "/waiting/resume", ""); got != `{"resumed":1}` {
		t.Errorf("resumed: %s", got)
	}
	c.expect("* OK got NOOP")
	c.expect("e OK done")
}

// TestResetReleases checks that POST /reset ends holding, and releases what waits.
func TestResetReleases(t *testing.T) {
	r := newRig(t, intercepttest.Answers)
	c := r.dial()
	r.must(http.StatusOK, "PUT", "/holding", `["exchanges:"]`)
	c.send("a NOOP")
	r.await()
	r.must(http.StatusNoContent, "POST", "/reset", "")
	c.expect("* OK got NOOP")
	c.expect("a OK done")
	if got := r.must(http.StatusOK, "GET", "/holding", ""); got != "[]" {
		t.Errorf("rules: %s", got)
	}
}

// TestHoldErrors checks what is answered to wrong requests about what is held.
func TestHoldErrors(t *testing.T) {
	r := newRig(t, intercepttest.Answers)
	for _, x := range []struct {
		method, path, body string
		status             int
		text               string
	}{
		{"GET", "/waiting?wait=1h", "", 400, "up to 30s"},
		{"GET", "/waiting?wait=x", "", 400, "duration"},
		{"POST", "/waiting/1/resume", "", 404, "does not wait"},
		{"POST", "/waiting/x/drop", "", 404, "no message"},
		{"POST", "/waiting/1/edit", `{"text":"a NOOP\n"}`, 404, "does not wait"},
		{"POST", "/waiting/1/edit", `{}`, 400, "missing"},
		{"POST", "/waiting/1/edit", ``, 400, "empty"},
		{"POST", "/waiting/1/answer", `{"text":"OK"}`, 404, "does not wait"},
		{"POST", "/waiting/1/answer", `{"txt":"OK"}`, 400, "txt"},
		{"PUT", "/holding", `[{"what":"commands"}]`, 400, "bad request body"},
		{"PUT", "/holding", `["n =="]`, 400, "column 4"},
		{"PUT", "/holding", `["responses: uid == 3"]`, 400, "known only once"},
		{"PUT", "/holding", "[" + strings.Repeat(`"n==1",`, maxRules) + `"n==1"]`, 400, "more than 100"},
	} {
		if got := r.must(x.status, x.method, x.path, x.body); !strings.Contains(got, x.text) {
			t.Errorf("%s %s %.40s: %s; want %q", x.method, x.path, x.body, got, x.text)
		}
	}
}

// TestHeldSecretsAreMasked checks that a password is in none of what is returned, and that a
// message with one can be edited all the same.
func TestHeldSecretsAreMasked(t *testing.T) {
	r := newRig(t, intercepttest.Answers)
	r.must(http.StatusOK, "PUT", "/holding", `["commands:"]`)
	c := r.dial()
	c.send("a LOGIN fred sesame123")
	if got := r.must(http.StatusOK, "GET", "/waiting?wait=30s", ""); strings.Contains(got, "sesame") || !strings.Contains(got, "fred") {
		t.Errorf("waiting: %s", got)
	}
	w := r.await()[0]
	body, err := json.Marshal(map[string]string{"text": strings.Replace(w.Text, "fred", "fredo", 1)})
	if err != nil {
		t.Fatal(err)
	}
	r.must(http.StatusNoContent, "POST", fmt.Sprintf("/waiting/%d/edit", w.ID), string(body))
	c.expect("* OK got LOGIN fredo sesame123")
	c.expect("a OK done")
}

// TestHeldTextIsInert checks that bytes of the wire that act on terminals are escaped.
func TestHeldTextIsInert(t *testing.T) {
	r := newRig(t, intercepttest.Answers)
	r.must(http.StatusOK, "PUT", "/holding", `["commands:"]`)
	c := r.dial()
	c.send("a\x1b[2J NOOP \u202eevil \u009b31m\x7f")
	if got := r.must(http.StatusOK, "GET", "/waiting?wait=30s", ""); strings.ContainsAny(got, "\x1b\u202e\u009b\x7f") || !strings.Contains(got, "NOOP") {
		t.Errorf("waiting: %q", got)
	}
	r.must(http.StatusOK, "POST", "/waiting/resume", "")
}

// TestInsert inserts a command on a connection, whose answer the client does not see, and repeats
// a held one with changes.
func TestInsert(t *testing.T) {
	r := newRig(t, searches)
	c := r.dial()
	c.send("a NOOP")
	c.expect("* SEARCH 7")
	c.expect("a OK done")
	var got insertedJSON
	if err := json.Unmarshal([]byte(r.must(http.StatusOK, "POST", "/connections/1/insert", `{"command":"SEARCH ALL"}`)), &got); err != nil || got.Tag == "" || !strings.HasSuffix(got.Answer, got.Tag+" OK done\r\n") || got.First != nil {
		t.Errorf("answer: %+v, %v", got, err)
	}
	c.send("b NOOP")
	c.expect("* SEARCH 7")
	c.expect("b OK done")

	r.must(http.StatusOK, "PUT", "/holding", `["command == \"EXPUNGE\""]`)
	c.send("c EXPUNGE")
	path := fmt.Sprintf("/waiting/%d/repeat", r.await()[0].ID)
	if err := json.Unmarshal([]byte(r.must(http.StatusOK, "POST", path, `{"command":"SEARCH ALL"}`)), &got); err != nil || got.First == nil || !strings.Contains(*got.First, "c OK done") || strings.Contains(got.Answer, "c OK") {
		t.Errorf("both answers: %+v, %v", got, err)
	}
	c.expect("* SEARCH 7")
	c.expect("c OK done")

	for body, want := range map[string]string{`{}`: "error", `{"command":"LOGOUT"}`: "error", `{"cmd":"NOOP"}`: "cmd"} {
		if got := r.must(http.StatusBadRequest, "POST", "/connections/1/insert", body); !strings.Contains(got, want) {
			t.Errorf("%s: %s", body, got)
		}
	}
	r.must(http.StatusNotFound, "POST", "/connections/9/insert", `{"command":"NOOP"}`)
	r.must(http.StatusNotFound, "POST", path, `{"command":"NOOP"}`)
}

// searches plays a server that answers each command with the result of a search.
func searches(c net.Conn) {
	fmt.Fprint(c, "* OK ready\r\n")
	for lines := bufio.NewScanner(c); lines.Scan(); {
		tag, _, _ := strings.Cut(lines.Text(), " ")
		fmt.Fprintf(c, "* SEARCH 7\r\n%s OK done\r\n", tag)
	}
}
