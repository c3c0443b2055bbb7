package config

import "testing"

func TestShareOfMemory(t *testing.T) {
	all, err := parseSize("100%")
	if err != nil {
		t.Fatal(err)
	}
	quarter, err := parseSize("25%")
	if err != nil {
		t.Fatal(err)
	}
	if all <= 0 || quarter <= all/5 || quarter >= all/3 {
		t.Fatalf("100%% is %d bytes, 25%% is %d", all, quarter)
	}
	for _, bad := range []string{"101%", "-1%", "x%", "%"} {
		if _, err := parseSize(bad); err == nil {
			t.Errorf("%q was taken", bad)
		}
	}
}
