package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// readingVerbs are commands that read the captures FILE, and some that are asked to write
// to it, by its name or by another that leads to it. SERVER answers, and nothing listens at
// CLOSED. A new verb that reads captures joins this table.
var readingVerbs = []string{
	"decode FILE", "decode -v --format tree FILE", "check FILE", "diff FILE FILE", "coverage FILE", "coverage --format jsonl FILE",
	"report -o - FILE", "report -o - --redact FILE", "replay --dry-run FILE", "replay --to CLOSED FILE",
	"redact --force FILE DIR/clean.pcapng", "report --force -o DIR/page.html FILE", "replay --to SERVER --force -w DIR/again.pcapng FILE",
	"minimize --rule C019 --force -o DIR/small FILE", "scan --force -o DIR/results FILE", "scan --force --format parquet -o DIR/results FILE DIR",

	"redact FILE FILE", "redact --force FILE FILE", "redact --force FILE DIR/../x/FILE", "redact --force FILE LINK", "redact --force LINK FILE",
	"report -o FILE FILE", "report --force -o FILE FILE", "report --force -o DIR/../x/FILE FILE", "report --force -o FILE LINK",
	"report --force --redact -o FILE FILE", "report --force -o FILE OTHER FILE",
	"replay --to SERVER -w FILE FILE", "replay --to SERVER --force -w FILE FILE", "replay --to SERVER --force -w FILE LINK",
	"replay --to SERVER --force --clients 2 -w FILE FILE", "replay --to SERVER --hdr FILE --clients 2 FILE",
	"replay --to SERVER --force --hdr FILE --clients 2 FILE", "replay --to SERVER --force --hdr LINK --clients 2 FILE",
	"replay --to SERVER --html FILE --clients 2 FILE", "replay --to SERVER --force --html FILE --clients 2 FILE",
	"replay --to SERVER --force --rotate-size 1000000 -w DIR/a.pcap FILE", // it is a-00001.pcap
	"export -o DIR/x.jsonl FILE", "export --force --as pcapng -o FILE FILE", "export --force --as jsonl -o LINK FILE", "export --as eml -o FILE FILE",
	"export --force --as transcript -o DIR/../x/FILE FILE", "export --redact --force --as pcapng -o FILE FILE",
	"minimize --rule C019 -o DIR/small FILE",
	"conform --to CLOSED -w FILE", "conform --to CLOSED --script FILE --force -w FILE",
	"compare --html FILE", "exercise -o FILE", "learn --new FILE", "learn --progress FILE --text FILE",
	"learn --progress DIR/p --results FILE --text 1", "learn --summary FILE", "exercise --grade DIR FILE", "exercise --grade FILE DIR",
}

// TestInputsStayAsTheyWere checks that no verb changes or replaces a capture that it reads, even
// if it is asked to write over it.
func TestInputsStayAsTheyWere(t *testing.T) {
	const sample = "../../samples/mtest1988--imap-1.pcap"
	want, err := os.ReadFile(sample)
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(t.TempDir(), "x")
	file, link, other := filepath.Join(dir, "a-00001.pcap"), filepath.Join(dir, "link.pcap"), filepath.Join(dir, "other.pcap")
	for _, name := range []string{file, other} {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, want, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink("a-00001.pcap", link); err != nil {
		t.Skip(err)
	}
	before, err := os.Stat(file)
	if err != nil {
		t.Fatal(err)
	}
	names := strings.NewReplacer("x/FILE", "x/a-00001.pcap", "FILE", file, "LINK", link, "OTHER", other, "DIR", dir,
		"SERVER", answering(t), "CLOSED", "127.0.0.1:1")
	for _, verb := range readingVerbs {
		var out, errs bytes.Buffer
		code := run(strings.Fields(names.Replace(verb)), strings.NewReader(""), &out, &errs)
		got, err := os.ReadFile(file)
		if err != nil || !bytes.Equal(got, want) {
			t.Fatalf("%s: the capture was changed: %d bytes, %v, exit code %d\n%s", verb, len(got), err, code, &errs)
		}
		now, err := os.Stat(file)
		if err != nil || !os.SameFile(now, before) || now.Mode() != before.Mode() || !now.ModTime().Equal(before.ModTime()) {
			t.Fatalf("%s: the capture is another file, %v", verb, err)
		}
		if writesOver := strings.Count(verb, "FILE") + strings.Count(verb, "LINK"); writesOver > 1 && verb != "diff FILE FILE" && code != 2 {
			t.Errorf("%s: exit code %d\n%s", verb, code, &errs)
		}
	}
}
