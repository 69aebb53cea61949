import TesseraRetrieval
import TesseraTensors

/// Vectors that look random and are the same in every run.
package enum Vectors {
  package static let dimension = 24

  package static func random(seed: UInt64) -> [Float] {
    Tensor.random([dimension], seed: seed).elements
  }

  /// Rows named by their numbers, of length 1.
  package static func rows(_ count: Int) -> [StoreRow] {
    (0..<count).map { number in
      let vector = random(seed: UInt64(number))
      return StoreRow(
        StoredItem(id: "\(number)", text: "text \(number)"), vector: vector.ofLengthOne ?? vector)
    }
  }
}

/// Rows with fields of all kinds, and what conditions find among them, in every store.
package enum StoredRows {
  package static var filtered: [StoreRow] {
    var rows = Vectors.rows(6)
    let metadata = [
      #"{"price":9.5,"tags":["sea","old"],"lang":"en","big":12345678901234567}"#,
      #"{"price":10,"lang":"de","big":12345678901234568}"#,
      #"{"price":"9","a":{"b":true}}"#, #"{"name":"own","year":2024,"lang":null}"#, nil,
      #"{"a":{"b":false},"tags":"seaside"}"#,
    ]
    for index in rows.indices { rows[index].item.metadata = metadata[index] }
    rows[4].item.image = "/photos/trip/a b.jpg"
    rows[4].item.width = 800
    rows[4].item.taken = "2024-05-31T18:20:00"
    rows[5].item.text = nil
    rows[5].item.image = "/photos/c.png"
    return rows
  }

  /// Conditions with the ids of the rows of which they are true.
  package static let conditions = [
    ("price < 10", "0"), ("price <= 10", "01"), ("price = 10", "1"), ("price != 10", "0"),
    ("price = '9'", "2"), ("price exists", "012"), ("price missing", "345"),
    ("lang != en", "1"), ("not lang = en", "12345"), ("lang exists", "01"),
    ("lang in (en, de)", "01"), ("lang not in (en)", "12345"), ("tags contains sea", "05"),
    ("a.b = true", "2"), ("a.b != true", "5"), ("year > 2000 and year < 2025", "3"),
    ("kind = picture or kind = pair", "45"), ("kind = text and price < 10 or width > 700", "04"),
    ("(kind = text or width > 700) and not price exists", "34"),
    ("name = 'a b.jpg'", "4"), ("folder = /photos/trip", "4"), ("path like '/photos/%'", "45"),
    ("metadata.name = own", "3"), ("taken = 2024-05", "4"), ("taken >= 2024-06", ""),
    ("taken < 2024-05-31T19", "4"), ("text contains 'xt 2'", "2"), ("id = 3", "3"),
    ("id = '3'", "3"), ("NOT KIND = text", "012345"), ("text = ''", ""),
    ("id in (2, 3)", "23"), ("taken >= 2024", "4"), ("taken > 2024", ""), ("taken < 2025", "4"),
    ("big = 12345678901234567", "0"), ("big > 12345678901234567", "1"),
    ("big != 12345678901234567", "1"), ("big in (12345678901234568, 3)", "1"),
  ]
}
