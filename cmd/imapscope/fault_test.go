package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"path/filepath"
	"strings"
	"testing"
)

// TestProxyFault checks that a fault acts, that the recording has both legs and the note, and
// that check names the fault in the finding that it made.
func TestProxyFault(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	recording := filepath.Join(t.TempDir(), "fault.pcapng")
	addr, done := runProxy(ctx, t, io.Discard, "--upstream", answering(t), "-q", "-w", recording, "--fault", `tag wrong if command == "NOOP"`)
	c, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	fmt.Fprint(c, "a LOGIN fred secret\r\nb NOOP\r\n")
	c.(*net.TCPConn).CloseWrite()
	got, err := io.ReadAll(c)
	if want := "* OK ready\r\n* 3 EXISTS\r\na OK done\r\n* 3 EXISTS\r\nwrong OK done\r\n"; err != nil || string(got) != want {
		t.Errorf("the client saw %q, %v; want %q", got, err, want)
	}
	c.Close()
	cancel()
	if err := <-done; err != nil {
		t.Fatal(err)
	}

	for verb, wants := range map[string][]string{
		"decode": {"* fault: tag wrong if command", "* the server's leg is 127.0.0.1:", "* the client's leg is 127.0.0.1:"},
		"check":  {"made by the fault: tag wrong if command", "on the client's leg"},
	} {
		var out strings.Builder
		root := newRoot(&env{out: &out, err: io.Discard})
		root.SetArgs([]string{verb, recording})
		if err := root.ExecuteContext(t.Context()); err != nil && !errors.Is(err, errFindings) {
			t.Fatal(err)
		}
		for _, want := range wants {
			if !strings.Contains(out.String(), want) {
				t.Errorf("%s: no %q in\n%s", verb, want, out.String())
			}
		}
	}
}
