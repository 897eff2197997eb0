package door

import (
	"bufio"
	"fmt"
	"io"

	qr "github.com/piglig/go-qr"
)

// quiet is how many light modules are around a code (ISO/IEC 18004 asks for 4; readers of
// screens do with 2, and a terminal has 24 lines).
const quiet = 2

// writeQR writes text as a QR code of block elements, two modules above each other in one cell.
// In colour it is black on white on every terminal; without, it needs a dark one.
func writeQR(w io.Writer, text string, colour bool) error {
	code, err := qr.EncodeText(text, qr.Low)
	if err != nil {
		return fmt.Errorf("a QR code for the link: %w", err)
	}
	b := bufio.NewWriter(w)
	light := func(x, y int) bool {
		in := x >= 0 && y >= 0 && x < code.Size() && y < code.Size()
		return !in || !code.Module(x, y)
	}
	for y := -quiet; y < code.Size()+quiet; y += 2 {
		if colour {
			b.WriteString("\x1b[38;5;231;48;5;16m") // of the 256 colours, which themes do not change
		}
		for x := -quiet; x < code.Size()+quiet; x++ {
			b.WriteString(cells[[2]bool{light(x, y), light(x, y+1)}])
		}
		if colour {
			b.WriteString("\x1b[0m")
		}
		b.WriteString("\n")
	}
	return b.Flush()
}

// cells are the block elements: upper half light, lower half light.
var cells = map[[2]bool]string{{false, false}: " ", {true, false}: "▀", {false, true}: "▄", {true, true}: "█"}
