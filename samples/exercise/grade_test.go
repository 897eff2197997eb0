package exercise

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// classKeys returns two keys as exercise makes them.
func classKeys(t *testing.T, kinds ...string) []Key {
	t.Helper()
	var keys []Key
	for i, k := range kinds {
		x, err := Make(Options{Seed: 4, Number: i + 1, Kind: k})
		if err != nil {
			t.Fatal(err)
		}
		keys = append(keys, x.Key)
	}
	return keys
}

// TestSheetIsTolerant: order, case, blank lines, comments and long sentences do not matter.
func TestSheetIsTolerant(t *testing.T) {
	const text = "\ufeff# mine\r\nName: Wilma\r\n\r\nRECORDING: 2\nWhy : it says so\n  and twice\nwho:The Server\n\nexercise: 01.pcapng\nWhere: 2/7\nrule: S007\nrecording: 3\nwho:\n"
	got, problems, err := ParseSheet("w.txt", strings.NewReader(text))
	if err != nil || len(problems) > 0 {
		t.Fatal(problems, err)
	}
	want := []Answer{
		{File: "w.txt", Line: 4, Recording: "2", Who: "The Server", Why: "it says so and twice"},
		{File: "w.txt", Line: 9, Recording: "01.pcapng", Transaction: "2/7", What: "S007"},
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

// TestSheetProblemsNameTheirLine: what is not understood is named, and the rest is read.
func TestSheetProblemsNameTheirLine(t *testing.T) {
	for _, tc := range []struct{ text, want string }{
		{"who: client\nwhat: S007\n", "w.txt:1: who: belongs to no recording; write recording: 01 before it"},
		{"recording: 1\nit was him\n", "w.txt:2: this line is not understood; write a field and its value, as in who: server"},
		{"recording: 1\nwho: client\nwho: server\n", "w.txt:3: who: is already in line 2; a fault has one"},
		{"recording:\nwho: client\n", "w.txt:1: no recording is named, or there are too many; write recording: 01"},
		{"recording: 1\x00\n", "w.txt: it is not text, and is not read"},
		{strings.Repeat("#", MaxSheet+1), "w.txt: it is larger than 262144 bytes, and is not read"},
	} {
		_, problems, err := ParseSheet("w.txt", strings.NewReader(tc.text))
		if err != nil || len(problems) != 1 || problems[0].String() != tc.want {
			t.Errorf("%.40q: %v, %v; want %s", tc.text, problems, err, tc.want)
		}
	}
}

// TestEmptySheetHasNoAnswers: the sheet that is handed out, handed in again, is no answer and no problem.
func TestEmptySheetHasNoAnswers(t *testing.T) {
	var b strings.Builder
	if err := writeSheet(&b, []string{"01.pcapng", "02.pcapng"}); err != nil {
		t.Fatal(err)
	}
	answers, problems, err := ParseSheet("w.txt", strings.NewReader(b.String()))
	if len(answers) != 0 || len(problems) != 0 || err != nil {
		t.Error(answers, problems, err)
	}
	if n := strings.Count(b.String(), "\nrecording: 0"); n != 2 {
		t.Errorf("%d recordings:\n%s", n, b.String())
	}
}

// TestGrades: full, half and no points, and why.
func TestGrades(t *testing.T) {
	k := classKeys(t, "select-without-flags")[0]
	here, elsewhere := k.Place(), placed(k.Conn, k.N+1)
	other := placed(k.Conn+1, 1)
	if k.Conn > 1 {
		other = "1/1"
	}
	for _, tc := range []struct {
		name             string
		a                Answer
		where, who, what Points
		says             string
	}{
		{"all", Answer{Transaction: here, Who: "Server", What: "s006"}, Full, Full, Full, "right"},
		{"the kind", Answer{Transaction: "transaction " + here, Who: "the server", What: "Select without FLAGS"}, Full, Full, Full, "right"},
		{"another kind of the rule", Answer{Transaction: here, Who: "server", What: "select-without-exists"}, Full, Full, Half, "the rule is right, but it is select-without-flags (S006)"},
		{"only the connection", Answer{Transaction: placed(k.Conn, 0), Who: "client"}, Half, 0, 0, "the transaction is " + here},
		{"the next transaction", Answer{Transaction: elsewhere, Who: "server", What: "S007"}, Half, Full, 0, "but the transaction is " + here},
		{"another connection", Answer{Transaction: other, Who: "network", What: "N001"}, 0, 0, 0, "another connection: " + here},
		{"no place", Answer{Transaction: "somewhere", Who: "server"}, 0, Full, 0, `"somewhere" is not a transaction such as 2/7`},
	} {
		g := k.Grade(&tc.a)
		if g.Where != tc.where || g.Who != tc.who || g.What != tc.what || !strings.Contains(g.Says, tc.says) {
			t.Errorf("%s: %s %s %s: %s", tc.name, g.Where, g.Who, g.What, g.Says)
		}
	}
	if g := k.Grade(nil); g.Points() != 0 || g.Says != "no answer" {
		t.Errorf("no answer: %+v", g)
	}
}

// TestAlsoTrueGetsHalf: what the key lists as true, too, gets half of the points.
func TestAlsoTrueGetsHalf(t *testing.T) {
	for seed := range uint64(20) {
		x, err := Make(Options{Seed: seed, Kind: "silent"})
		if err != nil {
			t.Fatal(err)
		}
		k := x.Key
		if len(k.Also) == 0 || k.Also[0].N == 0 {
			continue
		}
		also := k.Also[0]
		g := k.Grade(&Answer{Transaction: also.Place(), Who: "the network", What: also.Rule})
		if g.Where != Half || g.What != Half || g.Also == nil || !strings.Contains(g.Says, k.Kind+" at "+k.Place()) {
			t.Errorf("%+v: %s", g, g.Says)
		}
		return
	}
	t.Error("no key has anything that is also true")
}

// TestEachKeyGradesItself: for each kind, the answer that the key describes gets all points.
func TestEachKeyGradesItself(t *testing.T) {
	for _, kind := range Kinds() {
		k := classKeys(t, kind.Name)[0]
		for _, what := range []string{k.Rule, k.Kind} {
			if g := k.Grade(&Answer{Transaction: k.Place(), Who: k.By, What: what}); g.Points() != Most {
				t.Errorf("%s: %s of %s for %s: %s", k.Kind, g.Points(), Most, what, g.Says)
			}
		}
	}
}

// TestStudents: files and folders of students, unknown recordings, second answers, and nothing that is
// outside the folder.
func TestStudents(t *testing.T) {
	dir := t.TempDir()
	keys := classKeys(t, "tag-reused", "silent")
	good := "recording: 01\ntransaction: " + keys[0].Place() + "\nwho: client\nwhat: C006\n"
	files := map[string]string{
		"in/betty.txt":       good + "recording: 7\nwho: client\nrecording: 1\nwho: server\n",
		"in/wilma/one.txt":   good,
		"in/wilma/two.md":    "recording: 02\nwho: server\n",
		"in/.hidden":         "recording: 01\n",
		"outside/secret.txt": "recording: 01\nthe secret\n",
	}
	for name, text := range files {
		name = filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	in := filepath.Join(dir, "in")
	if err := os.Symlink("../outside/secret.txt", filepath.Join(in, "dino.txt")); err != nil {
		t.Fatal(err)
	}
	students, err := ReadStudents(keys, []string{in})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for i := range students {
		s := &students[i]
		got = append(got, s.Name+" "+s.Points().String())
		for _, p := range s.Problems {
			got = append(got, strings.TrimPrefix(p.String(), in+"/"))
		}
	}
	want := []string{
		"betty 3",
		`betty.txt:5: there is no recording "7"; this class has 01.pcapng to 02.pcapng`,
		"betty.txt:7: a second answer about 01.pcapng does not count; the first is in " + in + "/betty.txt:1",
		"dino 0",
		"dino.txt: it cannot be read: path escapes from parent",
		"wilma 4",
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	tallies := Tallies(keys, students)
	if t0, t1 := tallies[0], tallies[1]; t0.Answered != 2 || t0.Found != 2 || t0.Perfect != 2 || t1.Answered != 1 || t1.Found != 0 || t1.Who != 1 {
		t.Errorf("%+v, %+v", t0, t1)
	}
}

// FuzzSheet checks that no sheet makes ParseSheet or Grade panic, and that answers are within their bounds.
func FuzzSheet(f *testing.F) {
	f.Add("recording: 1\ntransaction: 2/7\nwho: server\nwhat: S007\nwhy: so\n")
	f.Add("who: x\nrecording: \nrecording: 99\n\x00")
	k := Key{File: "01.pcapng", Kind: "silent", Conn: 2, N: 7, Rule: "S005", By: "server"}
	f.Fuzz(func(t *testing.T, text string) {
		answers, problems, err := ParseSheet("x", strings.NewReader(text))
		if err != nil || len(answers) > MaxAnswers || len(problems) > MaxAnswers {
			t.Error(len(answers), len(problems), err)
		}
		s := GradeStudent("x", []Key{k}, answers, problems)
		if p := s.Points(); p < 0 || p > Most {
			t.Error(p)
		}
	})
}
