package binding

import (
	"testing"

	"imapscope/decode/syntax"
)

func known(t *testing.T, list ...uint32) pairs {
	t.Helper()
	var p pairs
	for i := 0; i < len(list); i += 2 {
		if !p.add(list[i], list[i+1]) {
			t.Fatalf("%d and %d contradict %v", list[i], list[i+1], p)
		}
	}
	return p
}

// What a set named when it was recorded, it names now: messages that are known on both
// sides, the messages between them, and those after the last.
func TestSetsNameTheSameMessages(t *testing.T) {
	p := known(t, 10, 101, 30, 107, 20, 102)
	for _, c := range []struct{ then, now string }{
		{"10", "101"},
		{"10,20:30,99", "101,102:107,176"},
		{"10:30", "101:107"},
		{"30:10", "107:101"},
		{"1:*", "1:*"},
		{"2:*", "101:*"},
		{"20:*", "102:*"},
		{"30:*", "107:*"},
		{"31:*", "108:*"},
		{"31:40", "108:117"},
		{"11:19", "4294967294"}, // there is no room between 101 and 102
		{"21:25", "103:106"},
		{"1:9", "1:100"},
		{"2:5", "2:5"},
		{"22:23", "104:105"},
		{"15:25", "102"},
		{"25:99", "107:176"},
		{"15", "15"},
		{"*", "*"},
	} {
		got, _ := p.set(syntax.ParseSequence([]byte(c.then)))
		if got.String() != c.now {
			t.Errorf("%s is %s, want %s", c.then, got, c.now)
		}
	}
}

// An identifier that another message has now names no message: the wrong one would be
// deleted.
func TestUnknownIdentifiersNameNoOtherMessage(t *testing.T) {
	p := known(t, 10, 15, 30, 40)
	got, loose := p.set(syntax.Sequence{{First: 15, Last: 15}, {First: 16, Last: 16}})
	if got.String() != "4294967294,16" || len(loose) != 2 {
		t.Errorf("%s, loose %v", got, loose)
	}
	var none pairs
	if got, loose := none.set(syntax.Sequence{{First: 5, Last: 9}}); got.String() != "5:9" || len(loose) != 2 {
		t.Errorf("%s, loose %v", got, loose)
	}
}

// A range up to what the next message would be called is all messages, although none is known.
func TestRangeOfTheWholeMailbox(t *testing.T) {
	var p pairs
	p.expect(7, 9)
	for then, c := range map[string]struct {
		now   string
		loose int
	}{"1:6": {"1:8", 0}, "2:6": {"2:8", 2}, "1:5": {"1:5", 1}} {
		if got, loose := p.set(syntax.ParseSequence([]byte(then))); got.String() != c.now || len(loose) != c.loose {
			t.Errorf("%s is %s, loose %v", then, got, loose)
		}
	}
}

// Pairs are one-to-one and ascending: what contradicts them is not added.
func TestPairsAscend(t *testing.T) {
	p := known(t, 10, 101, 30, 107)
	for _, c := range []struct{ then, now uint32 }{{10, 102}, {11, 101}, {20, 107}, {20, 99}, {40, 106}, {0, 200}, {50, 0}} {
		if p.add(c.then, c.now) {
			t.Errorf("%v was added to %v", c, p)
		}
	}
	if !p.add(10, 101) || len(p) != 2 {
		t.Error("a known pair is a contradiction")
	}
}

// What a server expected the next message to be called is replaced by what it is called.
func TestExpectedIdentifiersGiveWay(t *testing.T) {
	p := known(t, 10, 101)
	p.expect(11, 105)
	if now, bound := p.forward(11); now != 105 || !bound {
		t.Errorf("%d %t", now, bound)
	}
	if !p.add(11, 103) {
		t.Error("an expectation is a contradiction")
	}
	p.expect(11, 120)
	p.expect(9, 120)
	if now, _ := p.forward(11); now != 103 || len(p) != 2 {
		t.Errorf("%v", p)
	}
}

// Back and forth, an identifier is itself; those without a pair get the free ones.
func TestBackIsTheInverse(t *testing.T) {
	p := known(t, 10, 1, 30, 3, 31, 4)
	for _, c := range []struct{ now, then uint32 }{{1, 10}, {2, 11}, {3, 30}, {4, 31}, {5, 32}, {9, 36}} {
		if then := p.back(c.now); then != c.then {
			t.Errorf("%d is %d, want %d", c.now, then, c.then)
		}
	}
	for now := range uint32(12) {
		then := p.back(now)
		if again, bound := p.forward(then); again != now || !bound {
			t.Errorf("%d is %d, and that is %d", now, then, again)
		}
	}
	if s := p.backSet(syntax.Sequence{{First: 1, Last: 5}}).String(); s != "10:11,30:32" {
		t.Errorf("1:5 is %s", s)
	}
}

// A mod-sequence separates the same changes on both sides.
func TestModSequencesSeparateTheSameChanges(t *testing.T) {
	var m marks
	if now, bound := m.forward(7); now != 7 || bound {
		t.Errorf("%d %t", now, bound)
	}
	for _, x := range []mark{{20, 905}, {5, 900}, {10, 903}, {10, 902}} {
		m.add(x.then, x.now)
	}
	for _, c := range []mark{{0, 0}, {1, 899}, {4, 899}, {5, 900}, {9, 900}, {10, 903}, {15, 903}, {20, 905}, {1 << 40, 905}} {
		if now, bound := m.forward(c.then); now != c.now || !bound {
			t.Errorf("%d is %d %t, want %d", c.then, now, bound, c.now)
		}
	}
}
