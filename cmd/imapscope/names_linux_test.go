package main

import (
	"bytes"
	"net"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"imapscope/capture/leaktest"
	"imapscope/samples"
)

// hostileName is a name that a terminal, a browser or a reader could take for more than
// characters: a window title, a bell, colors (C0 and C1), text that runs backwards, what
// shows as nothing, a line of its own, and bytes that are not UTF-8.
const hostileName = "a\x1b]0;owned\x07\x1b[31m\u009b32m\u202egnp\u2066\u200f\u200b\u00ad\u2028\nforged: \xff\r<script>b"

// hostileVerbs are commands in which HOSTILE is the hostile name as it is, FILE a capture
// of that name, LESSON a lesson of that name with such contents, GONE a file of that name
// that does not exist, FOLDER a folder, TEXT a file of that name that is not a capture, and
// ADDR an address that refuses connections. A new verb, or a new flag that is printed,
// joins this table.
var hostileVerbs = []string{
	"decode FILE", "decode GONE", "decode TEXT", "decode FOLDER", "decode FILE GONE", "decode -v FILE", "decode -q --stats FILE",
	"decode --format jsonl FILE", "decode --format tree FILE", "decode --format HOSTILE FILE", "decode --filter HOSTILE( FILE",
	"decode --filter \"HOSTILE\"==user FILE", "decode --filter HOSTILE==user FILE", "decode --findings HOSTILE FILE", "decode --port HOSTILE FILE", "decode --otlp HOSTILE FILE", "decode --otlp http://127.0.0.1:1/HOSTILE FILE", "decode --HOSTILE FILE", "decode -HOSTILE FILE",
	"check FILE", "check --format jsonl FILE", "check --format junit FILE", "check --format sarif FILE", "check GONE", "check --format junit GONE",
	"check TEXT", "check --format HOSTILE FILE", "check --only HOSTILE FILE", "check --disable HOSTILE FILE", "check --fail-on HOSTILE FILE",
	"check --min-severity HOSTILE FILE",
	"man FILE", "man --force FOLDER/man", "man --HOSTILE FOLDER/man",
	"scan --force -o FOLDER/r FILE", "scan --force -o FOLDER/r GONE", "scan --force -o FOLDER/r TEXT", "scan --force -o FOLDER/r --format parquet FILE TEXT",
	"scan -o FILE FILE", "scan -o FOLDER/r --format HOSTILE FILE", "scan -o FOLDER/r --workers HOSTILE FILE", "scan -o FOLDER/r --fail-on HOSTILE FILE",
	"scan -o FOLDER/r --split-by HOSTILE FILE", "scan -o FOLDER/r --worker nats://HOSTILE", "scan --resume -o FOLDER/HOSTILE FILE", "scan -o FOLDER/r HOSTILE*",
	"why FILE", "why --format jsonl FILE", "why GONE", "why TEXT", "why --format HOSTILE FILE",
	"mcp FILE", "mcp --raw FILE", "mcp GONE", "mcp TEXT", "mcp -", "mcp --dialect HOSTILE FILE", "mcp --keylog GONE FILE", "mcp --follow GONE",
	"report -o - FILE", "report -o - --title HOSTILE FILE", "report -o - GONE", "report -o FILE FILE", "report -o GONE/x FILE",
	"report -o - --redact FILE", "report -o - TEXT", "report -o - --filter HOSTILE( FILE", "report -o FOLDER/page.html --title HOSTILE FILE",
	"web FILE", "web GONE", "web TEXT", "web --filter HOSTILE( FILE", "web --listen HOSTILE FILE", "web --keylog GONE FILE", "web --redact FILE",
	"inspect FILE", "inspect GONE", "inspect --filter HOSTILE( FILE",
	"diff FILE FILE", "diff --format jsonl FILE FILE", "diff --format junit FILE FILE", "diff FILE GONE", "diff FILE OTHER",
	"diff --format junit FILE OTHER", "diff --format jsonl FILE OTHER", "diff --strict HOSTILE FILE FILE", "diff --format HOSTILE FILE FILE",
	"replay --dry-run FILE", "replay --dry-run GONE", "replay --dry-run --set HOSTILE FILE", "replay --dry-run --set user=HOSTILE FILE",
	"replay --dry-run --set user=fred,password=HOSTILE,mailbox=HOSTILE FILE", "replay --dry-run --set mailbox:HOSTILE=HOSTILE FILE",
	"replay --to HOSTILE FILE", "replay --to ADDR FILE", "replay --to ADDR --format junit FILE", "replay --to ADDR --users GONE FILE",
	"replay --to ADDR --users TEXT FILE", "replay --to ADDR -w GONE/x FILE", "replay --to ADDR --hdr GONE/x FILE", "replay --to ADDR --clients 2 --html GONE/x FILE",
	"replay --to ADDR --clients 2 --html - FILE", "replay --to ADDR --clients 2 --format jsonl FILE",
	"replay --to ADDR --ca GONE FILE", "replay --to ADDR --ca TEXT --tls implicit FILE", "replay --pace HOSTILE --to ADDR FILE", "replay --strict HOSTILE --to ADDR FILE",
	"replay --format HOSTILE --to ADDR FILE", "replay --tls HOSTILE --to ADDR FILE",
	"conform --to HOSTILE", "conform --to ADDR", "conform --to ADDR --set user=HOSTILE,password=HOSTILE", "conform --to ADDR --set HOSTILE", "conform --to ADDR --script GONE", "conform --to ADDR --script TEXT",
	"conform --to ADDR --script FOLDER", "conform --to ADDR --only HOSTILE", "conform --to ADDR --format HOSTILE", "conform --to ADDR --dialect HOSTILE", "conform --to ADDR -w FILE", "conform --to ADDR -w GONE/x", "conform HOSTILE",
	"hub HOSTILE", "hub --stats HOSTILE", "hub --stats nats://HOSTILE", "hub --stats nats://ADDR?creds=GONE", "hub --stats nats://ADDR?sensor=HOSTILE", "hub --stats --format HOSTILE",
	"hub --no-auth --listen HOSTILE --store FOLDER/hub", "hub --no-auth --listen HOSTILE:1 --store FOLDER/hub", "hub --no-auth --listen 127.0.0.1:HOSTILE --store FOLDER/hub", "hub --no-auth --listen 127.0.0.1:0 --store FILE/x", "hub --store FOLDER/HOSTILE",
	"hub --no-auth --listen 127.0.0.1:0 --store FOLDER/HOSTILE --metrics HOSTILE", "hub --init --store FOLDER/HOSTILE --sensor HOSTILE", "hub --init --store FOLDER/HOSTILE --host HOSTILE", "hub --revoke HOSTILE --store FOLDER/HOSTILE",
	"mock --listen HOSTILE FILE", "mock GONE", "mock --pace HOSTILE FILE", "mock --listen HOSTILE:1 FILE",
	"redact FILE FOLDER/clean.pcapng", "redact FILE FILE", "redact GONE FOLDER/clean2.pcapng", "redact FILE GONE/x", "redact TEXT FOLDER/clean3.pcapng",
	"export -o HOSTILE FILE", "export --as HOSTILE -o x FILE", "export --as jsonl -o - FILE", "export --as text -o - FILE", "export --as transcript -o - FILE",
	"export --as script -o - FILE", "export -o FOLDER/new.mbox GONE", "export -o FOLDER/new.pcapng FILE", "export -o FOLDER/new.parquet FILE", "export --as eml -o FOLDER/HOSTILE FILE",
	"export --as pcapng -o FILE FILE", "export --filter HOSTILE( --as pcapng -o FOLDER/x FILE", "export --as pcapng -o GONE/x FILE", "export -o FOLDER/new2.pcapng TEXT", "export --as pcapng --conn 9 -o FOLDER/new3 FILE",
	"coverage FILE", "coverage --missing FILE", "coverage --format jsonl FILE", "coverage GONE", "coverage TEXT", "coverage --format HOSTILE FILE",
	"minimize FILE --rule C019 -o FOLDER/minimized", "minimize FILE --rule C019 -o FOLDER/HOSTILE", "minimize FILE --rule HOSTILE -o FOLDER/x", "minimize FILE --why HOSTILE -o FOLDER/x",
	"minimize FILE --to ADDR -o FOLDER/x", "minimize FILE --to HOSTILE -o FOLDER/x", "minimize GONE --rule C009 -o FOLDER/x", "minimize FILE --rule C019 -o GONE/x", "minimize FILE --rule C101 -o FOLDER/x",
	"compare HOSTILE", "compare --task HOSTILE", "compare --html FILE", "compare --html FOLDER/HOSTILE.html", "compare --html GONE/x", "compare --format HOSTILE", "compare --list HOSTILE",
	"explain HOSTILE", "explain --server HOSTILE", "explain --client a1 HOSTILE", "explain -",
	"learn HOSTILE", "learn --text HOSTILE", "learn --text LESSON", "learn --check LESSON", "learn --check GONE", "learn --check TEXT", "learn --check BADLESSON", "learn --new FILE",
	"learn --new FOLDER/HOSTILE.md", "learn --progress GONE/x/y --list", "learn --progress TEXT --list", "learn --list HOSTILE",
	"exercise -o FOLDER/HOSTILE", "exercise -o FILE", "exercise --fault HOSTILE -o FOLDER", "exercise --seed HOSTILE -o FOLDER",
	"exercise --grade GONE FOLDER", "exercise --grade TEXT FOLDER", "exercise --grade FOLDER HOSTILE", "exercise --grade FOLDER --format HOSTILE FOLDER", "exercise HOSTILE",
	"learn --summary GONE", "learn --summary TEXT", "learn --text --progress GONE --results TEXT 1", "learn --present --notes --text LESSON",
	"ca HOSTILE", "ca", "sniff -i HOSTILE", "sniff HOSTILE", "demo HOSTILE", "demo --text --quirk HOSTILE", "demo --text --listen HOSTILE",
	"proxy --listen HOSTILE --upstream ADDR", "proxy --listen 127.0.0.1:0 --upstream ADDR -w FILE", "proxy --listen 127.0.0.1:0 --upstream ADDR -w GONE/x",
	"proxy --listen 127.0.0.1:0 --upstream ADDR --upstream-ca GONE --upstream-tls implicit",
	"proxy --listen 127.0.0.1:0 --upstream ADDR --upstream-ca TEXT --upstream-tls implicit",
	"proxy --listen 127.0.0.1:0 --upstream ADDR --client-tls HOSTILE", "proxy --listen 127.0.0.1:0 --upstream ADDR --metrics HOSTILE",
	"proxy --listen 127.0.0.1:0 --transparent HOSTILE", "proxy --listen 127.0.0.1:0 --upstream ADDR --upstream-tls HOSTILE",
	"proxy --listen 127.0.0.1:0 --upstream HOSTILE", "proxy --listen 127.0.0.1:0 --upstream ADDR -w FOLDER/rec%HOSTILE.pcapng",
	"proxy --listen 127.0.0.1:0 --upstream ADDR --client-tls starttls", "mock --listen 127.0.0.1:0 FILE",
	"decode --keylog GONE FILE", "decode --keylog TEXT FILE", "decode --keylog FOLDER FILE", "decode --follow GONE", "decode --follow TEXT", "check --keylog HOSTILE FILE",
	"run HOSTILE", "run --upstream HOSTILE -- true", "run --port HOSTILE -- true", "run --client-tls HOSTILE -- true",
	"help HOSTILE", "HOSTILE", "version HOSTILE", "completion HOSTILE",
}

// TestAttackHostileNames runs every verb with hostile names and arguments, below a hostile
// folder, and with hostile values in the environment: nothing that it prints, and no page
// that it writes, contains anything but visible characters and line ends.
func TestAttackHostileNames(t *testing.T) {
	// A verb that ends by itself leaves its Ctrl-C to the next one, or to the test.
	late := make(chan os.Signal, 1)
	signal.Notify(late, syscall.SIGINT)
	defer signal.Stop(late)
	dir := filepath.Join(t.TempDir(), strings.ReplaceAll(hostileName, "/", "_"))
	name := strings.ReplaceAll(hostileName, "/", "_")
	file := func(path string, content []byte) string {
		t.Helper()
		path = filepath.Join(dir, path)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Skip("the file system refuses such names:", err)
		}
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	read := func(name string) []byte {
		b, err := samples.Read(name)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	for _, v := range []string{"SSLKEYLOGFILE", "TMPDIR", "XDG_CONFIG_HOME", "HOME", "TERM"} {
		t.Setenv(v, filepath.Join(dir, "env", name))
	}
	const line = "a\u202egnp\u2066\u200f\u200b\u00adb" // controls and HTML are refused: see BADLESSON
	lesson := strings.ReplaceAll("---\ntitle: X\nabout: X\nrecording: mtest1988--imap-1\n---\n\nX\n\n## X\n\nX `X` *X*\n\n"+
		"```step\nat: greeting word OK\nask: X\nchoice: X\nchoice: Y\nanswer: Y\nnot: X = X\nhint: X\nright: X\n```\n", "X", line)
	places := strings.NewReplacer(
		"BADLESSON", file("bad"+name+".md", []byte("# "+hostileName+"\n\n"+hostileName+": x\nrecording: "+hostileName+"\n\n## "+hostileName+"\nquirk: "+hostileName+"\nexpect: "+hostileName+"(\ntab: "+hostileName+"\nat: "+hostileName+"\n")),
		"LESSON", file("good"+name+".md", []byte(lesson)),
		"HOSTILE", hostileName,
		"FILE", file(name+".pcap", read("raw-errors--imap-1.pcap")),
		"OTHER", file("other"+name, read("mtest1988--imap-1.pcap")),
		"TEXT", file(name+".txt", []byte(hostileName)),
		"GONE", filepath.Join(dir, "gone"+name),
		"FOLDER", dir,
		"ADDR", refusing(t),
	)
	for _, line := range hostileVerbs {
		args := strings.Fields(line)
		for i := range args {
			args[i] = places.Replace(args[i])
		}
		var out bytes.Buffer
		errw := interrupting{t: t}
		code := run(args, strings.NewReader("a1 "+hostileName+"\n"), &out, &errw)
		if line == "learn --check LESSON" && code != 0 {
			t.Errorf("the hostile lesson is not a lesson: %s", &out)
		}
		for from, text := range map[string]string{"stdout": out.String(), "stderr": errw.String()} {
			if where := visible(text); where != "" {
				t.Errorf("%s (exit %d), %s: %s", line, code, from, where)
			}
			if from == "stderr" && (strings.Contains(text, "\nforged") || strings.Contains(text, "\nimapscope: forged")) {
				t.Errorf("%s: a name makes a line of its own: %q", line, text)
			}
		}
	}
	page, err := os.ReadFile(filepath.Join(dir, "page.html"))
	if err != nil {
		t.Fatal(err)
	}
	if where := visible(string(page)); where != "" {
		t.Errorf("page: %s", where)
	}
}

// TestHostileVerbsAreAll checks that every verb is in the table.
func TestHostileVerbsAreAll(t *testing.T) {
	for _, c := range newRoot(&env{}).Commands() {
		if !slices.ContainsFunc(hostileVerbs, func(line string) bool { return strings.HasPrefix(line, c.Name()+" ") }) {
			t.Errorf("hostileVerbs lacks %s", c.Name())
		}
	}
}

// interrupting is standard error; a verb that serves until Ctrl-C gets it.
type interrupting struct {
	bytes.Buffer
	t    *testing.T
	sent bool
}

func (w *interrupting) Write(b []byte) (int, error) {
	if !w.sent && bytes.Contains(b, []byte("; Ctrl-C ends it")) {
		w.sent = true
		if err := syscall.Kill(os.Getpid(), syscall.SIGINT); err != nil {
			w.t.Error(err)
		}
	}
	return w.Buffer.Write(b)
}

// refusing returns an address of this machine at which nothing listens.
func refusing(t *testing.T) string {
	leaktest.Check(t)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}
