package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"imapscope/samples/server"
)

// editWaiting edits the message that waits: the count of its literal becomes 7 too small. It
// returns the new announcement.
func editWaiting(t *testing.T, api string) (announced string) {
	t.Helper()
	var waits []struct {
		ID   int
		Text string
	}
	if err := json.Unmarshal([]byte(getAPI(t, api, "/waiting?wait=30s")), &waits); err != nil || len(waits) == 0 {
		t.Fatalf("%v waits, %v", waits, err)
	}
	m := regexp.MustCompile(`RFC822\.HEADER \{(\d+) #1\}`).FindStringSubmatch(waits[0].Text)
	if m == nil {
		t.Fatalf("no literal in %q", waits[0].Text)
	}
	n, err := strconv.Atoi(m[1])
	if err != nil {
		t.Fatal(err)
	}
	text := "# keep: counts\n" + strings.Replace(waits[0].Text, m[0], fmt.Sprintf("RFC822.HEADER {%d #1}", n-7), 1)
	body, err := json.Marshal(map[string]string{"text": text})
	if err != nil {
		t.Fatal(err)
	}
	res, err := http.Post(fmt.Sprintf("http://:%s@%s/waiting/%d/edit", apiToken, api, waits[0].ID), "application/json", strings.NewReader(string(body)))
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if answer, _ := io.ReadAll(res.Body); res.StatusCode/100 != 2 {
		t.Fatalf("%s: %s", res.Status, answer)
	}
	return fmt.Sprintf("{%d}", n-7)
}

// TestCheckAttributesEdit checks that of a session in which the user made the count of a literal
// wrong, check finds that the proxy did it, that JSON lines say what was edited and held, and that
// redact keeps the notes.
func TestCheckAttributesEdit(t *testing.T) {
	mails, err := server.New(server.Options{})
	if err != nil {
		t.Fatal(err)
	}
	upstream, stop, err := mails.Start()
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := stop(); err != nil {
			t.Error(err)
		}
	}()
	recording := filepath.Join(t.TempDir(), "edited.pcapng")
	p, proxy, api, _ := startAPI(t, "-q", "-w", recording, "--upstream", upstream, "--intercept", `responses: kind == "FETCH"`)
	c, err := net.Dial("tcp", proxy)
	if err != nil {
		t.Fatal(err)
	}
	r := bufio.NewReader(c)
	gets := func(begins string) (line string) {
		for !strings.HasPrefix(line, begins) {
			if line, err = r.ReadString('\n'); err != nil {
				t.Fatalf("%q did not come: %v", begins, err)
			}
		}
		return line
	}
	gets("* OK")
	for _, command := range []string{"a LOGIN fred secret", "b SELECT INBOX"} {
		fmt.Fprint(c, command+"\r\n")
		gets(command[:2] + "OK")
	}
	fmt.Fprint(c, "c FETCH 1 RFC822.HEADER\r\n")
	wrong := editWaiting(t, api)
	http.DefaultClient.CloseIdleConnections()
	if line := gets("* 1 FETCH"); !strings.HasSuffix(line, wrong+"\r\n") {
		t.Errorf("the client saw %q, not %q", line, wrong)
	}
	gets("c OK")
	fmt.Fprint(c, "d LOGOUT\r\n")
	gets("d OK")
	c.Close()
	p.signal(os.Interrupt)
	if code := p.ends(); code != 0 {
		t.Errorf("exit code %d", code)
	}

	redacted := filepath.Join(t.TempDir(), "redacted.pcapng")
	ranVerb(t, "redact", recording, redacted)
	for _, file := range []string{recording, redacted} {
		out, _, err := ranVerb(t, "check", "--format", "jsonl", file)
		if err != nil || !strings.Contains(out, `"verdict":"proxy"`) || !strings.Contains(out, `"made_by":"changed: `) {
			t.Errorf("check: %v\n%s", err, out)
		}
		for _, verdict := range []string{"client", "server", "network"} {
			if strings.Contains(out, `"verdict":"`+verdict+`"`) {
				t.Errorf("a finding is the %s's:\n%s", verdict, out)
			}
		}
		out, _, _ = ranVerb(t, "decode", "--format", "jsonl", file)
		for _, want := range []string{`"leg":"client","held":true,"edited":true}`, `"text":"changed: edited: FETCH \(\d+ bytes, was \d+\) \(on c\)"`, `"text":"held: FETCH for \d+\.\d s \(on c\)"`} {
			if !regexp.MustCompile(want).MatchString(out) {
				t.Errorf("decode: no %s in\n%s", want, out)
			}
		}
	}
}
