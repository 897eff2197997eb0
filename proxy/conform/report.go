package conform

// Grade is what a step's result means.
type Grade uint8

// The grades.
const (
	OK      Grade = iota
	Failure       // a MUST that is not kept
	Warning       // a SHOULD
	Remark        // a MAY
	NotRun        // skipped
)

func (g Grade) String() string {
	return [...]string{"ok", "failed", "warning", "remark", "skipped"}[g]
}

// Grade returns what the result means; strict makes a SHOULD a MUST.
func (r *StepResult) Grade(strict bool) Grade {
	switch {
	case r.Outcome == Passed:
		return OK
	case r.Outcome == Skipped:
		return NotRun
	case r.Level == Must, r.Level == Should && strict:
		return Failure
	case r.Level == Should:
		return Warning
	}
	return Remark
}

// Totals count results.
type Totals struct {
	Scripts, Skipped int             // scripts
	Steps            [NotRun + 1]int // by Grade
	Findings         int             // rules of decode/lint that found an error of the server
	Trouble          int             // lines of Report.Trouble
}

// Failed reports whether the server failed.
func (t *Totals) Failed() bool { return t.Steps[Failure]+t.Findings > 0 }

// Grades counts the steps of a script by what their results mean.
func (r *Result) Grades(strict bool) (n [NotRun + 1]int) {
	for _, s := range r.Steps {
		n[s.Grade(strict)]++
	}
	return n
}

// Totals counts the results.
func (r *Report) Totals(strict bool) *Totals {
	t := &Totals{Scripts: len(r.Results), Findings: len(r.Findings), Trouble: len(r.Trouble)}
	for _, x := range r.Results {
		if x.Skipped != "" {
			t.Skipped++
			continue
		}
		for g, n := range x.Grades(strict) {
			t.Steps[g] += n
		}
	}
	return t
}
