package main

import (
	"context"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"imapscope/capture/leaktest"
)

// TestMCPFollows asks an assistant's questions while the recording grows: each answer has what
// was read until then.
func TestMCPFollows(t *testing.T) {
	leaktest.Check(t)
	file := filepath.Join(t.TempDir(), "x.log")
	add := func(text string) {
		f, err := os.OpenFile(file, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600)
		if err == nil {
			_, err = f.WriteString(text)
			f.Close()
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	add("S: * OK hello\nC: a1 NOOP\nS: a1 OK first\n")
	asked, ask := io.Pipe()
	var out, errs sharedBuffer
	root := newRoot(&env{in: asked, out: &out, err: &errs})
	root.SetArgs([]string{"mcp", "--raw", "--follow", file})
	done := make(chan error)
	go func() { done <- root.ExecuteContext(context.Background()) }()
	until := func(want string) {
		for range 500 {
			io.WriteString(ask, `{"jsonrpc":"2.0","id":3,"method":"tools/call","params":{"name":"transactions","arguments":{}}}`+"\n")
			if time.Sleep(10 * time.Millisecond); strings.Contains(out.String(), want) {
				return
			}
		}
		t.Fatalf("%q is not in\n%s%s", want, out.String(), errs.String())
	}
	io.WriteString(ask, `{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-06-18","capabilities":{},"clientInfo":{"name":"test","version":"1"}}}`+"\n")
	io.WriteString(ask, `{"jsonrpc":"2.0","method":"notifications/initialized"}`+"\n")
	until("NOOP")
	if strings.Contains(out.String(), "CHECK") {
		t.Error("it knows a command that was not written yet")
	}
	add("C: a2 CHECK\nS: a2 OK second\n")
	until("CHECK")
	ask.Close()
	if err := <-done; err != nil {
		t.Error(err)
	}
}
