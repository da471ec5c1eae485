package catalog

import (
	"testing"
	"testing/fstest"
)

func TestReviewsKeptWithAProductAreTheShops(t *testing.T) {
	s, _, err := LoadDir(fstest.MapFS{"products.json": {Data: []byte(`[{"id":1,"title":"Mug","price":5,"rating":4,"reviews":[
		{"rating":5,"comment":"Keeps warm.","reviewerName":"Eve","date":"2025-04-30T09:41:02.053Z"},{"rating":9,"comment":"no such star"},{"rating":3,"comment":""}]}]`)}}, LoadOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if len(s.Reviews) != 1 || s.Reviews[0].Text != "Keeps warm." || s.Reviews[0].Product != "1" || s.Reviews[0].Author != "Eve" || s.Reviews[0].At.Year() != 2025 {
		t.Errorf("got %+v", s.Reviews)
	}
}

func TestWordsWithinMarksOfAnXMLTitleAreKept(t *testing.T) {
	s, _, err := LoadDir(fstest.MapFS{"products.xml": {Data: []byte(`<rss xmlns:g="http://base.google.com/ns/1.0"><channel><item><g:id>1</g:id><title><b>Blue</b> Tent</title>
		<description>x</description><g:link>https://shop.example/1</g:link><g:price>5 USD</g:price><g:availability>in_stock</g:availability></item></channel></rss>`)}}, LoadOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if s.Products[0].Title != "Blue Tent" {
		t.Errorf("the title is %q", s.Products[0].Title)
	}
}
