package panes

import (
	"math"
	"reflect"
	"testing"

	"github.com/gdamore/tcell/v2"
)

// least is the contrast that WCAG 2 asks of text, level AA.
const least = 4.5

// luminance returns the relative luminance of a colour, as WCAG 2 defines it.
func luminance(c tcell.Color) float64 {
	channel := func(n int32) float64 {
		v := float64(n) / 255
		if v <= 0.04045 {
			return v / 12.92
		}
		return math.Pow((v+0.055)/1.055, 2.4)
	}
	r, g, b := c.RGB()
	return 0.2126*channel(r) + 0.7152*channel(g) + 0.0722*channel(b)
}

// contrast returns the contrast of two colours, from 1 to 21.
func contrast(a, b tcell.Color) float64 {
	x, y := luminance(a), luminance(b)
	return (max(x, y) + 0.05) / (min(x, y) + 0.05)
}

// TestContrast computes the contrast of each style of the themes that have a background of
// their own, on terminals with many colours and with few.
func TestContrast(t *testing.T) {
	if got := contrast(tcell.NewHexColor(0), tcell.NewHexColor(0xffffff)); math.Abs(got-21) > 0.01 {
		t.Fatalf("black on white has a contrast of %.2f, not 21", got)
	}
	for _, look := range []Look{Light, Dark} {
		for _, colours := range []int{256, 16, 8} {
			v := reflect.ValueOf(*NewTheme(look, colours))
			styles := 0
			for i := range v.NumField() {
				style, ok := v.Field(i).Interface().(tcell.Style)
				if !ok {
					continue
				}
				styles++
				fg, bg, attrs := style.Decompose()
				name := v.Type().Field(i).Name
				switch {
				case fg == tcell.ColorDefault || bg == tcell.ColorDefault:
					t.Errorf("%s, %d colours: %s leaves a colour to the terminal", look, colours, name)
				case attrs&tcell.AttrDim != 0:
					t.Errorf("%s, %d colours: %s is dim, which no one can compute", look, colours, name)
				case contrast(fg, bg) < least:
					t.Errorf("%s, %d colours: %s has a contrast of %.2f", look, colours, name, contrast(fg, bg))
				}
			}
			if styles < 20 {
				t.Errorf("%d styles", styles)
			}
		}
	}
}

// TestLookOf reads what terminals say of their colours.
func TestLookOf(t *testing.T) {
	for value, want := range map[string]Look{"0;15": Light, "0;default;15": Light, "12;7": Light, "15;0": Own, "7;8": Own} {
		if got, known := LookOf(value); got != want || !known {
			t.Errorf("%s is %s, %t, want %s", value, got, known, want)
		}
	}
	for _, value := range []string{"", "15", "0;default", "0;x"} {
		if got, known := LookOf(value); known {
			t.Errorf("%q is %s", value, got)
		}
	}
}
