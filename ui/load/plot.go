package load

import (
	"fmt"
	"html/template"
	"math"
	"strconv"
	"strings"
)

// The measures of a plot, in the units of its drawing.
const (
	plotWidth, plotHeight          = 440, 250
	left, right, top, bottom       = 52, 12, 12, 34
	innerWidth, innerHeight        = plotWidth - left - right, plotHeight - top - bottom
	quantileSteps, maxNines        = 20, 6.0 // steps between p0 and p90, and so on
	maxTicks                       = 6
	tickLength, xLabel, yLabelBase = 4, 16, 4
)

// A plot is a drawing with curves on two axes.
type plot struct {
	Title  string
	Note   string
	Curves []curve
	x, y   axis
}

// A curve is one line of a plot.
type curve struct {
	Name   string
	Class  int // of its color and dashes
	points []place
}

// A place is where a curve leads.
type place struct {
	x, y   float64
	begins bool // after a gap
}

// An axis is linear, logarithmic, or one of percentiles: as far from 0 to 90 as from 90 to 99.
type axis struct {
	name       string
	log, nines bool
	low, high  float64
	set        bool
}

// include makes the axis reach to v.
func (a *axis) include(v float64) {
	if !a.set {
		a.low, a.high, a.set = v, v, true
	}
	a.low, a.high = min(a.low, v), max(a.high, v)
}

// bounds returns where the axis begins and ends.
func (a *axis) bounds() (low, high float64) {
	low, high = a.low, a.high
	switch {
	case a.log && !a.set:
		low, high = 1, 10
	case a.log:
		low, high = math.Pow(10, math.Floor(math.Log10(low))), math.Pow(10, math.Ceil(math.Log10(high)))
		if low == high {
			high = low * 10
		}
	case high <= low:
		high = low + 1
	}
	return low, high
}

// at returns where v is, from 0 to 1.
func (a *axis) at(v float64) float64 {
	low, high := a.bounds()
	if a.log {
		low, high, v = math.Log10(low), math.Log10(high), math.Log10(v)
	}
	return (v - low) / (high - low)
}

// A tick is a labelled value of an axis.
type tick struct {
	at   float64
	text string
}

// ticks returns the labelled values.
func (a *axis) ticks() (out []tick) {
	low, high := a.bounds()
	switch {
	case a.nines:
		for n := 0.0; n <= high+1e-9; n++ {
			out = append(out, tick{n, strconv.FormatFloat(ninesToPercent(n), 'f', -1, 64)})
		}
	case a.log:
		for v := low; v <= high*1.0001; v *= 10 {
			out = append(out, tick{v, number(v)})
		}
	default:
		step := stepFor(high - low)
		for v := math.Ceil(low/step) * step; v <= high+step/1e6; v += step {
			out = append(out, tick{v, number(v)})
		}
	}
	return out
}

// stepFor returns a round distance of ticks for a range: 1, 2 or 5 times a power of ten.
func stepFor(size float64) float64 {
	base := math.Pow(10, math.Floor(math.Log10(size/maxTicks)))
	for _, m := range []float64{1, 2, 5} {
		if size/(m*base) <= maxTicks {
			return m * base
		}
	}
	return 10 * base
}

// number returns the value of a tick as text.
func number(v float64) string {
	if v >= 10_000 {
		return strconv.FormatFloat(v/1000, 'f', -1, 64) + "k"
	}
	return strconv.FormatFloat(math.Round(v*1e6)/1e6, 'f', -1, 64)
}

// nines returns how many nines the highest percentile that n values can show has: 10 values p90,
// 100 values p99.
func nines(n int64) float64 { return math.Log10(float64(max(n, 1))) }

// ninesToPercent returns the percentile with so many nines: 1 is p90, 2 is p99.
func ninesToPercent(n float64) float64 {
	return math.Round((100-100*math.Pow(10, -n))*1e6) / 1e6
}

// x and y of a place in the drawing.
func (p *plot) place(c place) (x, y float64) {
	return left + innerWidth*p.x.at(c.x), top + innerHeight*(1-p.y.at(c.y))
}

// Label describes the plot to those who do not see it.
func (p *plot) Label() string {
	var names []string
	for _, c := range p.Curves {
		names = append(names, c.Name)
	}
	low, high := p.y.bounds()
	return fmt.Sprintf("%s: %s; from %s to %s", p.Title, strings.Join(names, ", "), number(low), number(high))
}

// Box returns the drawing's size as the viewBox of an SVG element.
func (p *plot) Box() string { return fmt.Sprintf("0 0 %d %d", plotWidth, plotHeight) }

// SVG returns what is drawn. It has numbers, and names of ours, only.
func (p *plot) SVG() template.HTML {
	var b strings.Builder
	for _, t := range p.y.ticks() {
		y := top + innerHeight*(1-p.y.at(t.at))
		fmt.Fprintf(&b, `<path class="grid" d="M%d %.1fH%d"/><text class="y" x="%d" y="%.1f">%s</text>`, left, y, plotWidth-right, left-tickLength-2, y+yLabelBase, template.HTMLEscapeString(t.text))
	}
	for _, t := range p.x.ticks() {
		x := left + innerWidth*p.x.at(t.at)
		fmt.Fprintf(&b, `<path class="axis" d="M%.1f %dv%d"/><text class="x" x="%.1f" y="%d">%s</text>`, x, plotHeight-bottom, tickLength, x, plotHeight-bottom+xLabel, template.HTMLEscapeString(t.text))
	}
	fmt.Fprintf(&b, `<path class="axis" d="M%d %dV%dH%d"/>`, left, top, plotHeight-bottom, plotWidth-right)
	fmt.Fprintf(&b, `<text class="name" x="%d" y="%d">%s</text>`, plotWidth-right, plotHeight-4, template.HTMLEscapeString(p.x.name))
	for i := range p.Curves {
		b.WriteString(p.drawn(&p.Curves[i]))
	}
	return template.HTML(b.String())
}

// drawn returns a curve; what is alone between gaps is a dot.
func (p *plot) drawn(c *curve) string {
	var b strings.Builder
	for i, at := range c.points {
		x, y := p.place(at)
		switch alone := i+1 == len(c.points) || c.points[i+1].begins; {
		case !at.begins:
			fmt.Fprintf(&b, "L%.1f %.1f", x, y)
		case alone:
			fmt.Fprintf(&b, "M%.1f %.1fh0", x, y)
		default:
			fmt.Fprintf(&b, "M%.1f %.1f", x, y)
		}
	}
	if b.Len() == 0 {
		return ""
	}
	return fmt.Sprintf(`<path class="curve k%d" d="%s"/>`, c.Class, b.String())
}
