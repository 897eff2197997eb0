package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"imapscope/capture"
	"imapscope/capture/capturetest"
	"imapscope/decode/redact"
	"imapscope/decode/redact/scrub"
)

// sinks are all sinks of the program, by package and type, and what they do with keys of TLS
// sessions (capture.Secrets). A new sink joins this table.
var sinks = map[string]string{
	"capture.Tee":                       "passes them on", // capture's TestSecretsPass holds these four
	"capture.OfService":                 "passes them on",
	"capture.Renumbered":                "passes them on",
	"capture.Queue":                     "passes them on",
	"capture.Async":                     "passes them on",
	"capture.Shards":                    "passes them on", // its TestShardsGiveBothLegsAndSecretsToWhomTheyConcern
	"capture/capturetest.Facts":         "keeps them",
	"capture/hub.Publisher":             "drops them",     // its TestKeysAreNotPublished
	"ui/sensor.Sensor":                  "passes them on", // to open what it publishes
	"capture/keylog.merged":             "passes them on", // its TestGrows
	"capture/pcap.Recorder":             "writes them",    // its TestRecordedSecrets
	"capture/pcap.keptError":            "passes them on",
	"capture/pcap/pcaptest.latest":      "is a test's",
	"decode.Demux":                      "is where they go",
	"decode/archive.Writer":             "passes them on",
	"decode.Opened":                     "uses them",
	"decode/redact.Mask":                "drops them",
	"decode/redact/scrub.Scrub":         "drops them",
	"decode/redact/scrub.Check":         "refuses them",
	"decode/minimize.Collector":         "drops them: it gets what was opened",
	"decode/script.Collector":           "passes them on",
	"decode/script.text":                "needs none: it gets what was opened",
	"proxy/intercept/practice.oneByOne": "passes them on",
	"proxy/mirror.Mirror":               "passes them on",
	"samples/lesson.counted":            "passes them on",
	"ui/compare.reader":                 "needs none: it reads POP3",
	"ui/learn.legs":                     "passes them on",
	"capture/transcript.Writer":         "drops them: it is text",
	"ui/export.commented":               "passes them on",
	"ui/export.Keys":                    "keeps them, for a key log",
	"ui/export.Only":                    "passes them on",
	"ui/scan.only":                      "passes them on",
	"ui/scan.guarded":                   "passes them on",
}

// TestEverySinkIsListed finds the sinks in the source.
func TestEverySinkIsListed(t *testing.T) {
	found := make(map[string]bool)
	err := filepath.WalkDir("../..", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") {
			return err
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		for _, d := range file.Decls {
			if f, ok := d.(*ast.FuncDecl); ok && isSink(f) {
				pkg, _ := filepath.Rel("../..", filepath.Dir(name))
				found[filepath.ToSlash(pkg)+"."+receiver(f)] = true
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for name := range found {
		if sinks[name] == "" {
			t.Errorf("%s is a sink; what does it do with keys of TLS sessions?", name)
		}
	}
	for name := range sinks {
		if !found[name] {
			t.Errorf("%s is no sink", name)
		}
	}
}

// isSink reports whether a method is that of capture.Sink.
func isSink(f *ast.FuncDecl) bool {
	if f.Name.Name != "Event" || f.Recv == nil || len(f.Type.Params.List) != 1 || f.Type.Results == nil || len(f.Type.Results.List) != 1 {
		return false
	}
	result, ok := f.Type.Results.List[0].Type.(*ast.Ident)
	if !ok || result.Name != "error" {
		return false
	}
	star, ok := f.Type.Params.List[0].Type.(*ast.StarExpr)
	if !ok {
		return false
	}
	switch of := star.X.(type) {
	case *ast.Ident: // within package capture
		return of.Name == "Event"
	case *ast.SelectorExpr:
		return of.Sel.Name == "Event" && of.X.(*ast.Ident).Name == "capture"
	}
	return false
}

func receiver(f *ast.FuncDecl) string {
	of := f.Recv.List[0].Type
	if star, ok := of.(*ast.StarExpr); ok {
		of = star.X
	}
	return of.(*ast.Ident).Name
}

// TestSinksThatDropKeys: no key leaves those that mask and redact, and Check refuses them.
func TestSinksThatDropKeys(t *testing.T) {
	var got capturetest.Facts
	s := scrub.New(&got, scrub.Key{1})
	for name, to := range map[string]capture.Sink{"Mask": redact.NewMask(&got), "Scrub": s} {
		got.Events = nil
		d := capturetest.To(to)
		for _, err := range []error{
			d.Secrets([]byte("key\n")),
			d.Open(capture.Conn{ID: 1}),
			d.Secrets([]byte("key\n")),
			d.Data(1, capture.ServerToClient, time.Time{}, 0, []byte("* OK\r\n")),
			d.Close(1, time.Time{}, capture.FIN),
			d.Secrets([]byte("key\n")),
		} {
			if err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
		if lines := strings.Join(got.Lines(), "\n"); strings.Contains(lines, "key") || len(got.Events) != 3 {
			t.Errorf("%s passes on\n%s", name, lines)
		}
	}
	if err := capturetest.To(s.Check()).Secrets([]byte("key\n")); err == nil {
		t.Error("Check accepts keys")
	}
}
