package diff

import (
	"fmt"
	"strings"
)

// ParseStrict returns the Options that count these kinds of normal variation as
// differences. They are named as by Variation.String, or "all". An unknown name is an
// error.
func ParseStrict(names []string) (Options, error) {
	var o Options
	for _, name := range names {
		known := name == "all"
		for _, v := range Variations() {
			if name == "all" || name == v.String() {
				o.Strict[v], known = true, true
			}
		}
		if !known {
			var names []string
			for _, v := range Variations() {
				names = append(names, v.String())
			}
			return o, fmt.Errorf("%q is not one of %s, all", name, strings.Join(names, ", "))
		}
	}
	return o, nil
}
