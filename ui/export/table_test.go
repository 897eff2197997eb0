package export_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/parquet-go/parquet-go"

	"imapscope/decode/lint"
	"imapscope/decode/why"
	"imapscope/ui/export"
	"imapscope/ui/print"
	"imapscope/ui/view"
)

// TestTablesAreTheSameBytes writes a row whose map has many keys again and again.
func TestTablesAreTheSameBytes(t *testing.T) {
	r := export.Row{Type: "transaction", Conn: 1, Client: "192.0.2.1:1", Server: "192.0.2.2:143", Unsolicited: map[string]int64{}}
	for i := range 30 {
		r.Unsolicited[fmt.Sprint("K", i)] = int64(i)
	}
	write := func() []byte {
		var b bytes.Buffer
		w := export.NewTable[export.Row](&b)
		for _, row := range []export.Row{r, {Type: "junk", Conn: 2, Unsolicited: map[string]int64{"A": 1}}, {Type: "junk", Conn: 3}} {
			if err := w.Write(&row, row.Texts()); err != nil {
				t.Fatal(err)
			}
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		return b.Bytes()
	}
	want := write()
	for range 20 {
		if !bytes.Equal(write(), want) {
			t.Fatal("other bytes")
		}
	}
	rows, err := parquet.Read[export.Row](bytes.NewReader(want), int64(len(want)))
	if err != nil || len(rows) != 3 || !reflect.DeepEqual(rows[0].Unsolicited, r.Unsolicited) || len(rows[1].Unsolicited) != 1 || len(rows[2].Unsolicited) != 0 {
		t.Errorf("%+v: %v", rows, err)
	}
}

// columns returns the names of the columns of a type.
func columns(row any) []string {
	var out []string
	for f := range reflect.TypeOf(row).Fields() {
		name, _, _ := strings.Cut(f.Tag.Get("parquet"), ",")
		out = append(out, name)
	}
	slices.Sort(out)
	return out
}

// fields returns the names of the fields of a JSON line, but for its type.
func fields(t *testing.T, line []byte) []string {
	t.Helper()
	var o map[string]any
	if err := json.Unmarshal(line, &o); err != nil {
		t.Fatal(err)
	}
	delete(o, "type")
	var out []string
	for k := range o {
		out = append(out, k)
	}
	slices.Sort(out)
	return out
}

// TestTablesHaveTheFieldsOfLines checks that a column is not forgotten when a field is added.
func TestTablesHaveTheFieldsOfLines(t *testing.T) {
	var b bytes.Buffer
	lines := print.NewFileJSON(&b, view.Options{}, "a.pcap")
	f := view.Finding{Rule: view.RuleOf(lint.Rules()[0]), MadeBy: "x", Since: "x", Leg: "client", Message: "m"}
	if err := lines.Finding(&f, true); err != nil {
		t.Fatal(err)
	}
	if got, want := columns(export.FindingRow{}), fields(t, b.Bytes()); !slices.Equal(got, want) {
		t.Errorf("findings have the columns %v, not %v", got, want)
	}
	b.Reset()
	x := why.Reason{Kind: why.Kinds()[0], Account: "a", More: 1, Further: 1, Evidence: []why.Evidence{{Source: "b", Rule: "C001", Time: time.Unix(1, 0)}}}
	if err := lines.Reason(&x, x.Further, 1); err != nil {
		t.Fatal(err)
	}
	if got, want := columns(export.ReasonRow{}), fields(t, b.Bytes()); !slices.Equal(got, want) {
		t.Errorf("reasons have the columns %v, not %v", got, want)
	}
	var evidence struct{ Evidence []json.RawMessage }
	if err := json.Unmarshal(b.Bytes(), &evidence); err != nil {
		t.Fatal(err)
	}
	if got, want := columns(export.EvidenceRow{}), fields(t, evidence.Evidence[0]); !slices.Equal(got, want) {
		t.Errorf("evidence has the columns %v, not %v", got, want)
	}
}

// TestRowsAreInert checks that nothing from the wire reaches a table as it is.
func TestRowsAreInert(t *testing.T) {
	hostile := "\x1b[31m\u202e"
	r := export.ReasonRowOf(hostile, &why.Reason{Kind: why.Kinds()[0], Account: hostile, Evidence: []why.Evidence{{Source: hostile, Text: hostile}}}, 1)
	f := export.FindingRowOf(hostile, &view.Finding{})
	for _, s := range []string{r.File, r.Account, r.Evidence[0].File, r.Evidence[0].Text, f.File} {
		if strings.ContainsAny(s, "\x1b\u202e") {
			t.Errorf("%q", s)
		}
	}
}
