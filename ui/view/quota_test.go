package view

import "testing"

func TestQuotaKeepsTheOrderWhereItMatters(t *testing.T) {
	const most = 100
	turns := 0
	var whole Quota
	a, b := whole.Part(func() { turns++ }), whole.Part(func() { turns++ })
	a.add(30, most)
	b.add(20, most)
	if a.over(most) || b.over(most) || turns != 0 {
		t.Errorf("half of it is held: over %v after %d turns, want not, after none", a.over(most), turns)
	}
	b.add(50, most)
	if turns = 0; a.over(most) || turns != 1 {
		t.Errorf("all of it is held: %d turns, want 1, or it is over", turns)
	}
	if a.add(1, most); !b.over(most) || turns != 3 {
		t.Errorf("more is held: %d turns, want 3, or it is not over", turns)
	}
	if !whole.over(most) {
		t.Error("the parts do not share the count of the whole")
	}
}
