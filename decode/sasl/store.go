package sasl

import (
	"encoding/binary"
	"time"
)

// texts and numbers are the fields of a Report, in the order in which it is stored.
func (r *Report) texts() [17]*string {
	return [...]*string{
		&r.Mechanism, &r.Stage, &r.Authentication, &r.Authorization, &r.Realm, &r.Workstation, &r.Trace, &r.Host, &r.Binding,
		&r.Layer, &r.Issuer, &r.Error, &r.Scope, &r.Schemes, &r.Configuration, &r.Fault, &r.Note,
	}
}

func (r *Report) numbers() [9]int64 {
	ended, expires := int64(0), int64(0)
	if r.Ended {
		ended = 1
	}
	if !r.Expires.IsZero() {
		expires = r.Expires.Unix()
	}
	return [...]int64{int64(r.Step), int64(r.Steps), int64(r.Outcome), ended, int64(r.Iterations), expires, int64(r.Fresh), int64(r.Port), int64(r.FaultBy)}
}

// Append appends the report to b in a form that Parse reads.
func (r *Report) Append(b []byte) []byte {
	for _, s := range r.texts() {
		b = binary.AppendUvarint(b, uint64(len(*s)))
		b = append(b, *s...)
	}
	for _, n := range r.numbers() {
		b = binary.AppendVarint(b, n)
	}
	return b
}

// Parse reads what Append appended, and reports whether b is that. If not, the report is
// incomplete.
func (r *Report) Parse(b []byte) bool {
	for _, s := range r.texts() {
		n, size := binary.Uvarint(b)
		if size <= 0 || n > uint64(len(b)-size) {
			return false
		}
		*s, b = string(b[size:size+int(n)]), b[size+int(n):]
	}
	var numbers [9]int64
	for i := range numbers {
		n, size := binary.Varint(b)
		if size <= 0 {
			return false
		}
		numbers[i], b = n, b[size:]
	}
	r.Step, r.Steps, r.Ended = int(numbers[0]), int(numbers[1]), numbers[3] == 1
	if o := numbers[2]; 0 <= o && o <= int64(Canceled) {
		r.Outcome = Outcome(o)
	}
	if by := numbers[8]; 0 <= by && by <= int64(ByServer) {
		r.FaultBy = Side(by)
	}
	r.Iterations, r.Fresh, r.Port = int(numbers[4]), uint32(numbers[6]), int(numbers[7])
	if numbers[5] > 0 {
		r.Expires = time.Unix(numbers[5], 0).UTC()
	}
	return len(b) == 0
}
