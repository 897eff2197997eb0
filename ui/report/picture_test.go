package report_test

import (
	"bytes"
	"cmp"
	"flag"
	"image"
	"image/color"
	"image/png"
	"maps"
	"os"
	"slices"
	"testing"

	"github.com/chromedp/chromedp"

	"imapscope/ui/report"
)

var takePicture = flag.Bool("picture", false, "take README.md's picture of the page again")

// The picture of the page that README.md shows, and the most that it may take of a reader's
// time.
const (
	picture    = "../../samples/pictures/page.png"
	maxPicture = 150_000
)

// TestREADMEPicture checks the picture of the page. With -picture it opens the page of a
// sample in Chromium, points at a word, and takes the picture again.
func TestREADMEPicture(t *testing.T) {
	const width, height = 1040, 900
	if *takePicture {
		b := visit(t, of(t, sample, report.Options{Title: "A conversation of 1988"}), width, height, "light")
		b.is(`document.querySelectorAll("#c1t2, #c1t2 details").forEach(e => e.open = true)`)
		b.point(`document.querySelectorAll("#c1t2 .w")[1]`)
		b.wants(tip+`.length > 10`, "true")
		shot, err := chromedp.Run(b.ctx, chromedp.CaptureScreenshot())
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(picture, smaller(t, shot), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(picture)
	if err != nil {
		t.Fatal(err)
	}
	if len(got) > maxPicture {
		t.Errorf("%s has %d bytes, more than %d", picture, len(got), maxPicture)
	}
	img, err := png.Decode(bytes.NewReader(got))
	if err != nil {
		t.Fatalf("%s: %v", picture, err)
	}
	if size := img.Bounds().Size(); size.X != width || size.Y != height {
		t.Errorf("%s has %v pixels", picture, size)
	}
	if used := colors(img); len(used) < 16 {
		t.Errorf("%s has %d colours: it is empty", picture, len(used))
	}
}

// smaller writes a picture again with the 256 colours that it has most of.
func smaller(t *testing.T, shot []byte) []byte {
	t.Helper()
	img, err := png.Decode(bytes.NewReader(shot))
	if err != nil {
		t.Fatal(err)
	}
	used := colors(img)
	most := slices.SortedFunc(maps.Keys(used), func(a, b color.NRGBA) int {
		return cmp.Or(cmp.Compare(used[b], used[a]), cmp.Compare(a.R, b.R), cmp.Compare(a.G, b.G), cmp.Compare(a.B, b.B))
	})
	palette := make(color.Palette, 0, 256)
	for _, c := range most[:min(256, len(most))] {
		palette = append(palette, c)
	}
	nearest := make(map[color.NRGBA]uint8, len(used))
	for c := range used {
		nearest[c] = uint8(palette.Index(c))
	}
	out := image.NewPaletted(img.Bounds(), palette)
	for y := img.Bounds().Min.Y; y < img.Bounds().Max.Y; y++ {
		for x := img.Bounds().Min.X; x < img.Bounds().Max.X; x++ {
			out.SetColorIndex(x, y, nearest[opaque(img.At(x, y))])
		}
	}
	var b bytes.Buffer
	if err := (&png.Encoder{CompressionLevel: png.BestCompression}).Encode(&b, out); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// colors counts the pixels of each colour.
func colors(img image.Image) map[color.NRGBA]int {
	used := make(map[color.NRGBA]int)
	for y := img.Bounds().Min.Y; y < img.Bounds().Max.Y; y++ {
		for x := img.Bounds().Min.X; x < img.Bounds().Max.X; x++ {
			used[opaque(img.At(x, y))]++
		}
	}
	return used
}

func opaque(c color.Color) color.NRGBA {
	r, g, b, _ := c.RGBA()
	return color.NRGBA{uint8(r >> 8), uint8(g >> 8), uint8(b >> 8), 255}
}
