package protocol

import "testing"

// each calls f for an argument, and for those that are in it.
func each(args []Arg, f func(*Arg)) {
	for i := range args {
		f(&args[i])
		each(args[i].Of, f)
	}
}

// TestWordsInArgumentsHaveRows checks that every word that arguments spell out has a row,
// so that it is explained, and that words of the same kind as their row's are looked up.
func TestWordsInArgumentsHaveRows(t *testing.T) {
	words := 0
	for r := range All() {
		each(r.Args, func(a *Arg) {
			switch a.Form {
			case ArgKeyword:
				words++
				if Lookup(Keyword, a.Name) == nil {
					t.Errorf("%s %s: %s has no row as a %s", r.Kind, r.Name, a.Name, Keyword)
				}
			case ArgName, ArgWord:
				words++
				if len(tables[a.Word].rows) == 0 {
					t.Errorf("%s %s: there are no rows of the kind %s", r.Kind, r.Name, a.Word)
				}
			case ArgList, ArgSeries, ArgChoice:
				if len(a.Of) == 0 {
					t.Errorf("%s %s: an argument made of none", r.Kind, r.Name)
				}
			}
		})
	}
	if words < 20 {
		t.Errorf("only %d words: the test does not read the arguments", words)
	}
}

// TestCodesHaveArguments checks that the arguments of every response code are known.
func TestCodesHaveArguments(t *testing.T) {
	for r := range Of(Code) {
		if r.Args == nil {
			t.Errorf("%s: no form", r.Name)
		}
	}
	for r := range Of(StatusItem) {
		if len(r.Args) != 1 {
			t.Errorf("%s: %d values", r.Name, len(r.Args))
		}
	}
}
