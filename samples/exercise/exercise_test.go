package exercise

import (
	"errors"
	"testing"
)

func TestStats(t *testing.T) {
	for _, k := range Kinds() {
		bad, last := 0, ""
		for seed := range uint64(30) {
			o := Options{Seed: seed, Number: 1}
			_, err := o.try(k, 0)
			var j *judgement
			if errors.As(err, &j) {
				bad++
				last = err.Error()
			} else if err != nil {
				t.Fatal(k.Name, err)
			}
		}
		t.Logf("%-28s %d of 30 bad: %s", k.Name, bad, last)
	}
}
