package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestDamagedRecord checks that a TLS record that was changed on the way is a finding, and that
// decoding goes on after it.
func TestDamagedRecord(t *testing.T) {
	b, err := os.ReadFile("testdata/keys/curl--dovecot-imaps-dsb.pcapng")
	if err != nil {
		t.Fatal(err)
	}
	const record = "\x17\x03\x03"
	damaged := 0
	for at, n := 0, 0; ; n++ {
		next := bytes.Index(b[at:], []byte(record))
		if next < 0 {
			break
		}
		at += next + len(record)
		if n%7 != 3 || at+8 > len(b) {
			continue
		}
		c := bytes.Clone(b)
		c[at+6] ^= 0x80
		file := filepath.Join(t.TempDir(), "damaged.pcapng")
		if err := os.WriteFile(file, c, 0o600); err != nil {
			t.Fatal(err)
		}
		found := outputOf(t, "check", "--fail-on", "never", "--port", "14361", file)
		if strings.Contains(found, "N014") {
			damaged++
		}
		if !strings.Contains(found, "of 3 connections") {
			t.Errorf("record at %d: %s", at, found)
		}
	}
	if damaged < 5 {
		t.Errorf("only %d damaged records were found", damaged)
	}
}
