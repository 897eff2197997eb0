package inspect

import "testing"

// TestNumbers checks that a transaction is numbered on its connection, as in filters and
// lessons, with the connection's number before it if there are several, and that ":" goes
// to a number, even one that a filter hides.
func TestNumbers(t *testing.T) {
	k := newTalk()
	d := openSource(t, 120, 30, k, Options{Source: "a talk", Live: true})
	one := k.open(1).server("* OK hi").client("a NOOP").server("a OK")
	d.on(`^1 .* a NOOP`)
	two := k.open(2).server("* OK hi").client("b CHECK").server("b OK")
	d.sees(`^ +1/1 .* a NOOP`, `^ +2/1 .* b CHECK`)
	one.client("c EXPUNGE").server("c NO")
	d.on(`^1/2 .* c EXPUNGE`)
	two.client("d NOOP").server("d OK")
	d.press(":").types("2/2").press("Enter").on(`^2/2 .* d NOOP`)
	d.press(":").types("1").press("Enter").on(`^2/1 .* b CHECK`) // on the same connection
	d.press(":").types("1/1").press("Enter").on(`^1/1 .* a NOOP`)
	d.press("f").types(`conn == 2 and n == 2`).press("Enter").sees("1 of 4").on(`^2/2 .* d NOOP`)
	d.press(":").types("1/2").press("Enter").on(`^1/2 .* c EXPUNGE`).sees("Transactions  4")
	d.press(":").types("3/1").press("Enter").sees("there is no transaction 3/1")
	d.press(":").types("1/x").press("Enter").sees("no such command").press("Esc")
	d.press(";").sees("comment on 1/2:").press("Esc")
	d.press("m", "g", "m", "d", "z").sees(`^A 1/2 +c EXPUNGE`, `^B 1/1 +a NOOP`)
}

// A click gives a pane the focus, and moves a table's cursor.
func TestMouse(t *testing.T) {
	d := open(t, 120, 30, mtest)
	d.on("A00000")
	d.click(20, 6).on("A00001 SELECT").click(20, 2).on("127.0.0.1:59550").press("Tab").on("A00001 SELECT")
	d.click(30, 18)
	d.until(func() (is bool) { d.do(func() { is = d.x.focus == inDetail }); return is }, "is in the detail")
}
