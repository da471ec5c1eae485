package catalog

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// MarshalJSON writes major units with two decimals: 5200 is 52.00.
func (m Money) MarshalJSON() ([]byte, error) { return []byte(m.String()), nil }

// UnmarshalJSON reads major units, as a number or a string: 52, 52.0, "52.00".
func (m *Money) UnmarshalJSON(b []byte) error {
	s := strings.Trim(string(b), `"`)
	if s == "null" || s == "" {
		*m = 0
		return nil
	}
	f, err := strconv.ParseFloat(s, 64)
	if err != nil || math.IsInf(f, 0) || math.IsNaN(f) || math.Abs(f) > 1e13 {
		return fmt.Errorf("%q is not an amount of money", s)
	}
	*m = Money(math.Round(f * 100))
	return nil
}

// String gives major units with two decimals: "52.00".
func (m Money) String() string {
	sign := ""
	if m < 0 {
		sign, m = "-", -m
	}
	return fmt.Sprintf("%s%d.%02d", sign, m/100, m%100)
}
