package export

import (
	"io"
	"maps"
	"slices"
	"time"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/compress/zstd"

	"imapscope/decode/why"
	"imapscope/ui/view"
)

const (
	// maxGroup and maxGroupBytes bound a row group, which is held in memory.
	maxGroup      = 64 << 10
	maxGroupBytes = 32 << 20
	// rowBytes is what a row takes beside its texts, about.
	rowBytes = 256
)

// A Table writes a Parquet file. The same rows make the same bytes.
type Table[T any] struct {
	w     *parquet.GenericWriter[T]
	rows  int // in the row group
	bytes int
}

// NewTable returns a Table that writes to w.
func NewTable[T any](w io.Writer) *Table[T] {
	return &Table[T]{w: parquet.NewGenericWriter[T](w, parquet.Compression(&zstd.Codec{}), parquet.CreatedBy("imapscope", "", ""))}
}

// Write writes a row with texts of about this many bytes.
func (t *Table[T]) Write(r *T, texts int) error {
	t.rows++
	t.bytes += rowBytes + texts
	var err error
	if x, ok := any(r).(*Row); ok {
		_, err = t.w.WriteRows([]parquet.Row{inOrder(t.w.Schema(), x)})
	} else {
		_, err = t.w.Write([]T{*r})
	}
	if err != nil || t.rows < maxGroup && t.bytes < maxGroupBytes {
		return err
	}
	t.rows, t.bytes = 0, 0
	return t.w.Flush()
}

// Close completes the file.
func (t *Table[T]) Close() error { return t.w.Close() }

// inOrder returns the values of a row with its map in the order of the keys: the writer itself
// takes them in the order in which Go iterates, which differs each time.
func inOrder(s *parquet.Schema, r *Row) parquet.Row {
	if len(r.Unsolicited) == 0 {
		return s.Deconstruct(nil, r)
	}
	plain := *r
	plain.Unsolicited = nil
	key, _ := s.Lookup("unsolicited", "key_value", "key")
	value, _ := s.Lookup("unsolicited", "key_value", "value")
	var out parquet.Row
	for _, v := range s.Deconstruct(nil, &plain) {
		if c := v.Column(); c != key.ColumnIndex && c != value.ColumnIndex {
			out = append(out, v)
			continue
		}
		for i, k := range slices.Sorted(maps.Keys(r.Unsolicited)) {
			again := 0
			if i > 0 {
				again = key.MaxRepetitionLevel
			}
			if v.Column() == key.ColumnIndex {
				out = append(out, parquet.ByteArrayValue([]byte(k)).Level(again, key.MaxDefinitionLevel, key.ColumnIndex))
			} else {
				out = append(out, parquet.Int64Value(r.Unsolicited[k]).Level(again, value.MaxDefinitionLevel, value.ColumnIndex))
			}
		}
	}
	return out
}

// A FindingRow is a row of a table of findings. Its columns are the fields of a finding's JSON
// line, and have the same meaning. All text is inert.
type FindingRow struct {
	File     string `parquet:"file,dict"`
	ID       string `parquet:"id,dict"`
	Severity string `parquet:"severity,dict"`
	Verdict  string `parquet:"verdict,dict"`
	Conn     int64  `parquet:"conn"`
	N        int64  `parquet:"n"`
	From     string `parquet:"from,dict"`
	Offset   int64  `parquet:"offset"`
	Length   int64  `parquet:"length"`
	Message  string `parquet:"message"`
	Citation string `parquet:"citation,dict"`
	MadeBy   string `parquet:"made_by,optional"`
	After    string `parquet:"after,optional"`
	Leg      string `parquet:"leg,dict,optional"`
}

// FindingRowOf returns the row of a finding in a file.
func FindingRowOf(file string, x *view.Finding) FindingRow {
	return FindingRow{
		view.Inert(file), x.ID, x.Severity, x.Verdict, int64(x.Conn), int64(x.Txn), x.From, x.Offset, x.Length,
		x.Message, x.Cite, x.MadeBy, x.Since, x.Leg,
	}
}

// A ReasonRow is a row of a table of reasons. Its columns are the fields of a reason's JSON line,
// and have the same meaning. All text is inert.
type ReasonRow struct {
	File     string        `parquet:"file,dict,optional"`
	Kind     string        `parquet:"kind,dict"`
	Verdict  string        `parquet:"verdict,dict"`
	Severity string        `parquet:"severity,dict"`
	Conn     int64         `parquet:"conn"`
	Account  string        `parquet:"account,optional"`
	Sentence string        `parquet:"sentence"`
	Evidence []EvidenceRow `parquet:"evidence,list"`
	More     int64         `parquet:"more"`
	Further  int64         `parquet:"further"`
	Group    int64         `parquet:"group"`
	Proof    string        `parquet:"proof,dict"`
	Remedy   string        `parquet:"remedy,dict"`
}

// ReasonRowOf returns the row of a reason, with the number of its group, in a file.
func ReasonRowOf(file string, x *why.Reason, group int) ReasonRow {
	r := ReasonRow{
		view.Inert(file), x.Kind.Name, string(x.Verdict), x.Severity.String(), int64(x.Conn), view.Inert(x.Account),
		view.Inert(x.Sentence), nil, int64(x.More), int64(x.Further), int64(group), view.Inert(x.Proof), view.Inert(x.Remedy),
	}
	for _, e := range x.Evidence {
		r.Evidence = append(r.Evidence, EvidenceRow{
			view.Inert(e.Source), int64(e.Conn), int64(e.Txn), e.Dir.String(), e.Off, e.Len, micro(e.Time), e.Rule, view.Inert(e.Text),
		})
	}
	return r
}

// Texts returns about how many bytes the texts of a row take.
func (r *ReasonRow) Texts() int {
	n := len(r.Account) + len(r.Sentence)
	for i := range r.Evidence {
		n += rowBytes + len(r.Evidence[i].Text)
	}
	return n
}

// An EvidenceRow is a place that shows a reason.
type EvidenceRow struct {
	File   string    `parquet:"file,dict,optional"`
	Conn   int64     `parquet:"conn"`
	N      int64     `parquet:"n"`
	From   string    `parquet:"from,dict"`
	Offset int64     `parquet:"offset"`
	Length int64     `parquet:"length"`
	Time   time.Time `parquet:"time,optional,timestamp(microsecond)"`
	ID     string    `parquet:"id,dict,optional"`
	Text   string    `parquet:"text"`
}
