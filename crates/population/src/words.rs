//! Words for invented streets and places, and the post towns of the postcode areas.

/// First halves of street and place names.
#[rustfmt::skip]
pub(crate) const STREET_FIRST: &[&str] = &[
    "Alder", "Amble", "Apple", "Ash", "Barley", "Beech", "Birch", "Black", "Blue", "Bramble", "Briar",
    "Broad", "Brook", "Carr", "Chapel", "Cherry", "Clay", "Clover", "Corn", "Crab", "Crane", "Dale", "Deer",
    "Dove", "Elm", "Fal", "Fern", "Fox", "Gold", "Gorse", "Green", "Harts", "Hawk", "Hazel", "Heather",
    "High", "Holly", "Kings", "Lark", "Laurel", "Lime", "Linden", "Long", "Maple", "Marl", "Meadow", "Mill",
    "Moss", "Nettle", "Oak", "Otter", "Pear", "Pine", "Plum", "Quarry", "Queens", "Raven", "Red", "Reed",
    "Ridge", "Rook", "Rose", "Rowan", "Rush", "Sand", "Silver", "Sorrel", "Spring", "Stone", "Swan", "Tan",
    "Thistle", "Thorn", "Vale", "Wheat", "White", "Willow", "Wind", "Wood", "Yew",
];

/// Second halves.
#[rustfmt::skip]
pub(crate) const STREET_LAST: &[&str] = &[
    "bank", "beck", "bourne", "brook", "bury", "cliffe", "combe", "cote", "croft", "dale", "dean", "den",
    "field", "fold", "ford", "garth", "gate", "grove", "ham", "hill", "holme", "hurst", "land", "lea", "ley",
    "mead", "mere", "moor", "side", "stead", "stone", "thorpe", "ton", "vale", "wick", "wood", "worth",
    "yard",
];

/// Whole first words.
#[rustfmt::skip]
pub(crate) const STREET_WORDS: &[&str] = &[
    "Albert", "Albion", "Alma", "Arthur", "Back", "Bath", "Bridge", "Canal", "Castle", "Cavendish",
    "Cemetery", "Church", "Clarence", "College", "Cross", "Derby", "Duke", "Eastern", "Edward", "Factory",
    "Farm", "Garden", "George", "Grange", "Hall", "Hope", "Inkerman", "John", "Lord", "Manor", "Market",
    "New", "Nelson", "North", "Park", "Peel", "Police", "Princess", "Prospect", "Railway", "Regent",
    "School", "South", "Station", "Temple", "Union", "Victoria", "Water", "Wellington", "West", "York",
];

/// What a street is, by weight.
#[rustfmt::skip]
pub(crate) const STREET_ENDS: &[(&str, u32)] = &[
    ("Road", 26), ("Street", 20), ("Close", 15), ("Avenue", 12), ("Drive", 9), ("Lane", 7), ("Way", 4),
    ("Crescent", 3), ("Grove", 3), ("Court", 2), ("Gardens", 2), ("Terrace", 2), ("Place", 1), ("Walk", 1),
];

/// How the ends of streets are abbreviated.
#[rustfmt::skip]
pub(crate) const ABBREVIATIONS: &[(&str, &str)] = &[
    ("Road", "Rd"), ("Street", "St"), ("Close", "Cl"), ("Avenue", "Ave"), ("Drive", "Dr"), ("Lane", "Ln"),
    ("Crescent", "Cres"), ("Grove", "Gr"), ("Court", "Ct"), ("Gardens", "Gdns"), ("Terrace", "Terr"),
    ("Place", "Pl"),
];

/// Saints of invented church schools.
#[rustfmt::skip]
pub(crate) const SAINTS: &[&str] = &[
    "St Aldric's", "St Berin's", "St Cuthfrith's", "St Dunwen's", "St Edwen's", "St Felgild's",
    "St Godric's", "St Hybald's", "St Ives Moor", "St Kenelm's", "St Leofwine's", "St Modwen's",
    "St Osyth's", "St Petroc's", "St Rumwold's", "St Sidwell's", "St Tetha's", "St Urith's", "St Wistan's",
    "St Wulfric's",
];

/// The post town of each postcode area.
#[rustfmt::skip]
pub(crate) const POST_TOWNS: &[(&str, &str)] = &[
    ("AL", "St Albans"), ("B", "Birmingham"), ("BA", "Bath"), ("BB", "Blackburn"), ("BD", "Bradford"),
    ("BH", "Bournemouth"), ("BL", "Bolton"), ("BN", "Brighton"), ("BR", "Bromley"), ("BS", "Bristol"),
    ("CA", "Carlisle"), ("CB", "Cambridge"), ("CH", "Chester"), ("CM", "Chelmsford"), ("CO", "Colchester"),
    ("CR", "Croydon"), ("CT", "Canterbury"), ("CV", "Coventry"), ("CW", "Crewe"), ("DA", "Dartford"),
    ("DE", "Derby"), ("DH", "Durham"), ("DL", "Darlington"), ("DN", "Doncaster"), ("DT", "Dorchester"),
    ("DY", "Dudley"), ("E", "London"), ("EC", "London"), ("EN", "Enfield"), ("EX", "Exeter"),
    ("FY", "Blackpool"), ("GL", "Gloucester"), ("GU", "Guildford"), ("HA", "Harrow"), ("HD", "Huddersfield"),
    ("HG", "Harrogate"), ("HP", "Hemel Hempstead"), ("HR", "Hereford"), ("HU", "Hull"), ("HX", "Halifax"),
    ("IG", "Ilford"), ("IP", "Ipswich"), ("KT", "Kingston upon Thames"), ("L", "Liverpool"),
    ("LA", "Lancaster"), ("LE", "Leicester"), ("LN", "Lincoln"), ("LS", "Leeds"), ("LU", "Luton"),
    ("M", "Manchester"), ("ME", "Rochester"), ("MK", "Milton Keynes"), ("N", "London"),
    ("NE", "Newcastle upon Tyne"), ("NG", "Nottingham"), ("NN", "Northampton"), ("NP", "Newport"),
    ("NR", "Norwich"), ("NW", "London"), ("OL", "Oldham"), ("OX", "Oxford"), ("PE", "Peterborough"),
    ("PL", "Plymouth"), ("PO", "Portsmouth"), ("PR", "Preston"), ("RG", "Reading"), ("RH", "Redhill"),
    ("RM", "Romford"), ("S", "Sheffield"), ("SE", "London"), ("SG", "Stevenage"), ("SK", "Stockport"),
    ("SL", "Slough"), ("SM", "Sutton"), ("SN", "Swindon"), ("SO", "Southampton"), ("SP", "Salisbury"),
    ("SR", "Sunderland"), ("SS", "Southend-on-Sea"), ("ST", "Stoke-on-Trent"), ("SW", "London"),
    ("SY", "Shrewsbury"), ("TA", "Taunton"), ("TD", "Berwick-upon-Tweed"), ("TF", "Telford"),
    ("TN", "Tonbridge"), ("TQ", "Torquay"), ("TR", "Truro"), ("TS", "Middlesbrough"), ("TW", "Twickenham"),
    ("UB", "Southall"), ("W", "London"), ("WA", "Warrington"), ("WC", "London"), ("WD", "Watford"),
    ("WF", "Wakefield"), ("WN", "Wigan"), ("WR", "Worcester"), ("WS", "Walsall"), ("WV", "Wolverhampton"),
    ("YO", "York"),
];
