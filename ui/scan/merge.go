package scan

import (
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"time"

	"imapscope/capture"
	"imapscope/capture/outfile"
	"imapscope/decode/account"
	"imapscope/decode/why"
	"imapscope/ui/export"
	"imapscope/ui/print"
	"imapscope/ui/view"
)

// Merge puts the results of all units together, and ends the scan: its intermediate results are
// removed. Lost are units that could not be done, and why.
func (s *Scan) Merge(lost map[int]string) (*Summary, error) {
	m := merger{scan: s, lost: lost, summary: newSummary(s.Plan), book: account.Book{Max: mergedFacts}}
	if err := m.results(); err != nil {
		return nil, err
	}
	all := m.book.Accounts()
	across := why.Across(all)
	m.summary.Reasons += len(across)
	m.summary.Accounts = len(print.Together(all).Users)
	if !all.Start.IsZero() {
		m.summary.AccountsFrom = all.Start.UTC().Format(time.RFC3339Nano)
	}
	for _, f := range []struct {
		name  string
		write func(io.Writer) error
	}{
		{tables[0] + "." + s.Plan.Format, m.transactions},
		{tables[1] + "." + s.Plan.Format, m.findings},
		{tables[2] + "." + s.Plan.Format, func(w io.Writer) error { return m.reasons(w, across) }},
		{AccountsName, func(w io.Writer) error { return print.NewJSON(w, view.Options{}).Accounts(all) }},
		{SummaryName, m.summary.writeJSON}, // at the end: with it the results are complete
	} {
		// Replace: what an interrupted Merge left.
		if err := outfile.Write(filepath.Join(s.dir, f.name), outfile.Options{Replace: true}, f.write); err != nil {
			return nil, err
		}
	}
	return m.summary, s.end()
}

// merger is the work of Merge.
type merger struct {
	scan    *Scan
	lost    map[int]string
	summary *Summary
	book    account.Book
}

// results adds up the results of the units.
func (m *merger) results() error {
	unit := 0
	for i := range m.scan.Plan.Files {
		f := &m.scan.Plan.Files[i]
		sum := fileSum{file: f}
		for range f.Parts {
			if why, ok := m.lost[unit]; ok {
				sum.fail(why)
				unit++
				continue
			}
			r, err := m.scan.result(unit)
			if err != nil {
				return err
			}
			sum.add(r)
			for _, b := range r.Facts {
				m.book.Add(b.Conn, b.Facts...)
			}
			m.book.Cut(r.Cut)
			unit++
		}
		m.summary.add(&sum)
	}
	return nil
}

// table passes on the records of a kind in the order of the results: files, and their connections.
func (m *merger) table(name string, each func(f *File, record []byte) error) error {
	unit := 0
	for i := range m.scan.Plan.Files {
		f := &m.scan.Plan.Files[i]
		err := m.file(name, unit, f.Parts, func(_ capture.ConnID, record []byte) error { return each(f, record) })
		if err != nil {
			return err
		}
		unit += f.Parts
	}
	return nil
}

// file passes on the records of the parts of a file.
func (m *merger) file(name string, unit, parts int, each func(capture.ConnID, []byte) error) error {
	var from []io.Reader
	for k := range parts {
		if _, ok := m.lost[unit+k]; ok {
			continue
		}
		f, err := os.Open(filepath.Join(m.scan.unitDir(unit+k), name))
		if err != nil {
			return err
		}
		defer f.Close()
		from = append(from, f)
	}
	return mergeRecords(from, each)
}

// lines writes records that are lines.
func (m *merger) lines(w io.Writer, name string) error {
	return m.table(name, func(_ *File, line []byte) error {
		_, err := w.Write(line)
		return err
	})
}

func (m *merger) transactions(w io.Writer) error {
	if m.scan.Plan.Format == JSONL {
		return m.lines(w, tables[0])
	}
	t := export.NewTable[export.Row](w)
	err := m.table(tables[0], func(_ *File, record []byte) error {
		r, err := decodeRow(record)
		if err != nil {
			return err
		}
		return t.Write(r, r.Texts())
	})
	return errors.Join(err, t.Close())
}

func (m *merger) findings(w io.Writer) error {
	if m.scan.Plan.Format == JSONL {
		return m.lines(w, tables[1])
	}
	t := export.NewTable[export.FindingRow](w)
	err := m.table(tables[1], func(_ *File, record []byte) error {
		var r export.FindingRow
		if err := json.Unmarshal(record, &r); err != nil {
			return errRecord
		}
		return t.Write(&r, len(r.Message)+len(r.MadeBy)+len(r.After))
	})
	return errors.Join(err, t.Close())
}

// reasons writes the reasons of all files, numbers their groups, and adds those of several files
// together.
func (m *merger) reasons(w io.Writer, across []why.Reason) error {
	var groups why.Numbering
	write, end := lineWriter(w)
	if m.scan.Plan.Format == Parquet {
		write, end = rowWriter(w)
	}
	err := m.table(tables[2], func(f *File, record []byte) error {
		x, err := decodeReason(record)
		if err != nil {
			return err
		}
		return write(f.Name, x, groups.Number(x))
	})
	for i := range across {
		if err == nil {
			err = write("", &across[i], groups.Number(&across[i]))
		}
	}
	return errors.Join(err, end())
}

// writeReason writes a reason with the number of its group. The file is empty if it is about several.
type writeReason func(file string, x *why.Reason, group int) error

func lineWriter(w io.Writer) (writeReason, func() error) {
	return func(file string, x *why.Reason, group int) error {
		out := print.NewJSON(w, view.Options{})
		if file != "" {
			out = print.NewFileJSON(w, view.Options{}, file)
		}
		return out.Reason(x, x.Further, group)
	}, func() error { return nil }
}

func rowWriter(w io.Writer) (writeReason, func() error) {
	t := export.NewTable[export.ReasonRow](w)
	return func(file string, x *why.Reason, group int) error {
		r := export.ReasonRowOf(file, x, group)
		return t.Write(&r, r.Texts())
	}, t.Close
}
