package export

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/parquet-go/parquet-go"

	"imapscope/capture"
	"imapscope/capture/capturetest"
	"imapscope/decode"
	"imapscope/decode/archive"
	"imapscope/decode/decodetest"
	"imapscope/decode/filter"
	"imapscope/decode/layer"
	"imapscope/ui/print"
)

// played returns an Exporter of connections that follow transcripts.
func played(t *testing.T, talk string) *Exporter {
	t.Helper()
	a, err := archive.New(archive.Options{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { a.Close() })
	if err := decodetest.Talk(talk, a.Writer()); err != nil {
		t.Fatal(err)
	}
	return New(a, Options{})
}

// as exports everything in a format to a file or a folder of that name, and returns its path.
func (x *Exporter) as(t *testing.T, format, name string) (path, summary string) {
	t.Helper()
	f, ok := FormatNamed(format)
	if !ok {
		t.Fatalf("no format %s", format)
	}
	path = filepath.Join(t.TempDir(), name)
	summary, err := x.ExportAs(f, path, Selection{Conns: x.AllConns(), Txns: x.AllTxns()})
	if err != nil {
		t.Fatal(err)
	}
	return path, summary
}

const mailTalk = `1 # logged in
1 C: a1 SELECT "Sent Mail"
1 S: a1 OK done
1 C: a2 UID FETCH 7:9 (RFC822.SIZE BODY[])
1 S: * 1 FETCH (UID 7 RFC822.SIZE 3 BODY[] {3}
1 S| one)
1 S: 
1 S: * 2 FETCH (UID 8 RFC822.SIZE 3 BODY[] {3}
1 S| two)
1 S: 
1 S: * 3 FETCH (UID 9 RFC822.SIZE 9 BODY[]<0> {3}
1 S| prt)
1 S: 
1 S: a2 OK done
1 C: a3 FETCH 2:4 (RFC822.SIZE BODY[]<0.9>)
1 S: * 2 FETCH (RFC822.SIZE 3 BODY[]<0> {3}
1 S| two)
1 S: 
1 S: * 4 FETCH (RFC822.SIZE 4 BODY[]<0> {4}
1 S| four)
1 S: 
1 S: * 3 FETCH (BODY[]<3> {3}
1 S| prt)
1 S: 
1 S: * 5 FETCH (BODY[] {9}
1 S| lo
1 S! 7
1 S: )
1 S: a3 OK done
1 C: a4 APPEND Drafts {5}
1 S: + go
1 C| draft
1 C: 
1 S: a4 OK done
1 C: a5 APPEND Drafts {6}
1 S: a5 NO no
1 C: a6 FETCH 1 (BODY[HEADER] {3}
`

// TestMessages: which messages are exported, what their files are called, and what is reported
// about others.
func TestMessages(t *testing.T) {
	x := played(t, mailTalk)
	dir, summary := x.as(t, "eml", "mail")
	var got []string
	files, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		text := readOwn(t, filepath.Join(dir, f.Name()))
		got = append(got, f.Name()+" "+string(text))
	}
	want := []string{
		"1-Drafts-appended5.eml draft",
		"1-Sent.Mail-message4.eml four",
		"1-Sent.Mail-uid7.eml one",
		"1-Sent.Mail-uid8.eml two",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %q", got)
	}
	const said = "without 1 that came again, 2 fetched in part, 1 with bytes that were not captured"
	if !strings.Contains(summary, "4 messages written to the folder") || !strings.HasSuffix(summary, said) {
		t.Error(summary)
	}

	// Nothing is written if one of the files exists.
	f, _ := FormatNamed("eml")
	all := Selection{Txns: x.AllTxns()}
	if err := os.Remove(filepath.Join(dir, "1-Drafts-appended5.eml")); err != nil {
		t.Fatal(err)
	}
	if _, err := x.ExportAs(f, dir, all); err == nil {
		t.Error("files were replaced")
	}
	if files, _ := os.ReadDir(dir); len(files) != 3 {
		t.Errorf("%d files", len(files))
	}
	x.opts.Replace = true
	if _, err := x.ExportAs(f, dir, all); err != nil {
		t.Error(err)
	}

	if path, _ := x.as(t, "eml", "a.eml"); path != "" {
		if _, err := os.Stat(strings.TrimSuffix(path, ".eml") + "-1-Sent.Mail-uid7.eml"); err != nil {
			t.Error(err)
		}
	}
}

// TestParquet reads a file again.
func TestParquet(t *testing.T) {
	x := played(t, "1 # greeted\n1 C: a1 LOGIN fred {6+}\n1 C: secret\n1 S: a1 NO [AUTHENTICATIONFAILED] not \x1b[31msecret\n1 # 2s later\n1 C: a2 FETCH 1 FLAGS\n1 S: * 3 EXISTS\n1 S: a2 BAD no\n1 C: a3 NOOP\n")
	var out bytes.Buffer
	f, _ := FormatNamed("parquet")
	rows, err := NewRows(1, f, &out, print.StreamsOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if err := x.archive.Reader().Replay(context.Background(), rows.Sink(), x.AllConns()...); err != nil {
		t.Fatal(err)
	}
	if err := rows.Finish(); err != nil {
		t.Fatal(err)
	}
	list, err := parquet.Read[Row](bytes.NewReader(out.Bytes()), int64(out.Len()))
	if err != nil {
		t.Fatal(err)
	}
	if all := fmt.Sprintf("%+v", list); strings.Contains(all, "secret") {
		t.Errorf("a secret in %s", all)
	}
	var types []string
	for _, r := range list {
		types = append(types, r.Type)
		if r.Conn != 1 || r.Server == "" || r.Time.Location() != time.UTC && !r.Time.IsZero() {
			t.Errorf("%+v", r)
		}
	}
	if got := strings.Join(types, " "); !strings.HasPrefix(got, "greeting transaction transaction transaction") {
		t.Fatal(got)
	}
	login, fetch, noop := list[1], list[2], list[3]
	if login.N != 1 || login.Command != "LOGIN" || login.Status != "NO" || !slices.Equal(login.Code, []string{"AUTHENTICATIONFAILED"}) || login.MS == nil || strings.Contains(login.Text, "\x1b") || login.Literals != 1 {
		t.Errorf("%+v", login)
	}
	if fetch.Unsolicited["EXISTS"] != 1 || fetch.Request != "a2 FETCH 1 FLAGS" || len(fetch.Findings) == 0 || fetch.Findings[0].Rule != "C002" {
		t.Errorf("%+v", fetch)
	}
	if noop.MS != nil || noop.Outcome != "abandoned" || noop.Status != "" {
		t.Errorf("%+v", noop)
	}
	if d := login.End.Sub(login.Time); d != time.Duration(*login.MS*float64(time.Millisecond)) {
		t.Errorf("%v, %v ms", d, *login.MS)
	}
}

// TestParquetColumns: the columns have the names of the filters' fields, and help parquet lists
// them all.
func TestParquetColumns(t *testing.T) {
	columns := make(map[string]bool)
	help, err := os.ReadFile("../../cmd/imapscope/help/parquet.md")
	if err != nil {
		t.Fatal(err)
	}
	for i := range reflect.TypeFor[Row]().NumField() {
		name, _, _ := strings.Cut(reflect.TypeFor[Row]().Field(i).Tag.Get("parquet"), ",")
		columns[name] = true
		if !bytes.Contains(help, []byte("\n    "+name+" ")) {
			t.Errorf("help parquet does not list %s", name)
		}
	}
	other := map[string]bool{ // of rows with many values, or in another form
		"uid": true, "uidvalidity": true, "modseq": true, "part": true, "kinds": true,
		"mailbox decoded": true, "request decoded": true,
	}
	for i := range reflect.TypeFor[filter.Row]().NumField() {
		if name := reflect.TypeFor[filter.Row]().Field(i).Tag.Get("expr"); columns[name] == other[name] {
			t.Errorf("the field %s: a column %t", name, columns[name])
		}
	}
}

// TestParquetGroups: row groups are bounded.
func TestParquetGroups(t *testing.T) {
	var out bytes.Buffer
	table := NewTable[Row](&out)
	for range 2*maxGroup + 5 {
		if err := table.Write(&Row{Type: "transaction"}, 0); err != nil {
			t.Fatal(err)
		}
	}
	if err := table.Close(); err != nil {
		t.Fatal(err)
	}
	f, err := parquet.OpenFile(bytes.NewReader(out.Bytes()), int64(out.Len()))
	if err != nil {
		t.Fatal(err)
	}
	if n := len(f.RowGroups()); n != 3 || f.NumRows() != 2*maxGroup+5 {
		t.Errorf("%d groups, %d rows", n, f.NumRows())
	}
}

// TestKeys: a key log has the lines that are about the chosen connections, each once.
func TestKeys(t *testing.T) {
	x := played(t, "1 # greeted\n2 # greeted\n")
	k := new(Keys)
	x.opts.Keys = k
	f, _ := FormatNamed(Keylog)
	file := filepath.Join(t.TempDir(), "keys")
	if _, err := x.ExportAs(f, file, Selection{Conns: x.AllConns()}); err == nil {
		t.Error("keys of nothing")
	}
	d := capturetest.To(k)
	d.Secrets([]byte("# a comment\nCLIENT_RANDOM AA 01\nCLIENT_RANDOM bb 02\n"))
	d.Secrets([]byte("CLIENT_RANDOM AA 01\nEXPORTER_SECRET aa 03\nnonsense"))
	k.Events(1, []decode.Event{&decode.Secured{Facts: layer.Facts{KeyIDs: []string{"aa"}}}})
	k.Events(2, []decode.Event{&decode.Secured{Facts: layer.Facts{KeyIDs: []string{"cc"}}}})
	summary, err := x.ExportAs(f, file, Selection{Conns: x.AllConns()})
	if err != nil || !strings.HasPrefix(summary, "keys of 1 connection ") {
		t.Error(summary, err)
	}
	if got := string(readOwn(t, file)); got != "CLIENT_RANDOM AA 01\nEXPORTER_SECRET aa 03\n" {
		t.Errorf("got %q", got)
	}
}

// TestOnly: only the chosen connections pass, and keys.
func TestOnly(t *testing.T) {
	got := new(capturetest.Facts)
	o := &Only{To: got, Conns: map[capture.ConnID]bool{2: false, 3: false}}
	d := capturetest.To(o)
	d.Secrets([]byte("k\n"))
	for id := capture.ConnID(1); id <= 2; id++ {
		d.Open(capture.Conn{ID: id})
		d.Close(id, time.Time{}, capture.FIN)
	}
	if len(got.Events) != 3 || got.Events[1].Conn != 2 || !slices.Equal(o.Missing(), []capture.ConnID{3}) {
		t.Errorf("%q, missing %d", got.Lines(), o.Missing())
	}
}

// TestFormats: each has a name and an extension of its own, and Formats lists the extensions.
func TestFormats(t *testing.T) {
	x := New(nil, Options{Keys: new(Keys)})
	seen := make(map[string]bool)
	for _, f := range Formats() {
		if g, ok := FormatOf("a" + strings.ToUpper(f.Ext)); !ok || g.Name != f.Name || seen[f.Name] || (f.rows == nil) == (f.whole == nil) {
			t.Errorf("%+v", f)
		}
		seen[f.Name] = true
	}
	if got := x.Formats(); len(got) != len(seen) {
		t.Errorf("%q", got)
	}
}
