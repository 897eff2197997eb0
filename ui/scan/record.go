package scan

import (
	"bytes"
	"encoding/gob"
	"encoding/json"
	"fmt"
	"time"

	"imapscope/decode/why"
	"imapscope/ui/export"
)

// rowRecord is a row as a record. JSON has no times beyond the year 9999, but damaged captures do.
type rowRecord struct {
	export.Row
	Begin, Over *int64 // microseconds
}

func newRowRecord(r *export.Row) rowRecord {
	out := rowRecord{Row: *r, Begin: stampOf(r.Time), Over: stampOf(r.End)}
	out.Time, out.End = time.Time{}, time.Time{}
	return out
}

func stampOf(t time.Time) *int64 {
	if t.IsZero() {
		return nil
	}
	n := t.UnixMicro()
	return &n
}

// decodeRow is the inverse of newRowRecord, and of encoding it.
func decodeRow(b []byte) (*export.Row, error) {
	var r rowRecord
	if err := json.Unmarshal(b, &r); err != nil {
		return nil, errRecord
	}
	for _, x := range [...]struct {
		to   *time.Time
		from *int64
	}{{&r.Time, r.Begin}, {&r.End, r.Over}} {
		if x.from != nil {
			*x.to = time.UnixMicro(*x.from).UTC()
		}
	}
	return &r.Row, nil
}

// reasonRecord is a reason as a record: its kind is a name.
type reasonRecord struct {
	Name   string
	Reason why.Reason
}

func encodeReason(x why.Reason) ([]byte, error) {
	r := reasonRecord{x.Kind.Name, x}
	r.Reason.Kind = nil
	var b bytes.Buffer
	err := gob.NewEncoder(&b).Encode(&r)
	return b.Bytes(), err
}

func decodeReason(b []byte) (*why.Reason, error) {
	var r reasonRecord
	if err := gob.NewDecoder(bytes.NewReader(b)).Decode(&r); err != nil {
		return nil, errRecord
	}
	kind, ok := why.Named(r.Name)
	if !ok {
		return nil, fmt.Errorf("a reason of the unknown kind %q: it was made by another version of imapscope; --force starts again", r.Name)
	}
	r.Reason.Kind = kind
	return &r.Reason, nil
}
