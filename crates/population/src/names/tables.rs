//! Names that the carried lists miss, by the people who bear them.

use crate::truth::NamingPattern;

/// A naming tradition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Custom {
    /// Forenames and family name from the lists by frequency, the family name of one parent.
    Lists,
    /// As [`Custom::Lists`], the family names of both parents joined by a hyphen.
    Joined,
    /// A family name from each parent, side by side.
    TwoFamilyNames,
    /// A family name that the whole family bears.
    FamilyName,
    /// A family name whose ending says the bearer's sex.
    FamilyNameBySex,
    /// The given names of father and grandfather follow the child's own.
    FatherAndGrandfather,
    /// The father's given name is the last name.
    Father,
    /// The father's given name with `-son` or `-dóttir`.
    FatherWithEnding,
    /// One name.
    One,
}

/// A people and its names.
#[derive(Debug)]
pub(crate) struct People {
    /// Families in a thousand.
    pub(crate) per_thousand: u32,
    pub(crate) pattern: NamingPattern,
    pub(crate) custom: Custom,
    pub(crate) girls: &'static [&'static str],
    pub(crate) boys: &'static [&'static str],
    pub(crate) family: &'static [&'static str],
    /// The form for girls and women, at the same place as in `family`; empty if there is one form.
    pub(crate) family_girls: &'static [&'static str],
}

const fn lists(per_thousand: u32, pattern: NamingPattern, custom: Custom) -> People {
    People { per_thousand, pattern, custom, girls: &[], boys: &[], family: &[], family_girls: &[] }
}

/// Those whom the lists describe.
pub(crate) const ENGLISH: People = lists(715, NamingPattern::CommonEnglish, Custom::Lists);

/// The peoples of the invented England. Those whose names are hard to match are more frequent than in
/// life, so that a population of usual size says something about each.
#[rustfmt::skip]
pub(crate) const PEOPLES: &[People] = &[
    ENGLISH,
    lists(55, NamingPattern::Hyphenated, Custom::Joined),
    // Spanish, Portuguese, Latin American.
    People {
        per_thousand: 30,
        pattern: NamingPattern::TwoFamilyNames,
        custom: Custom::TwoFamilyNames,
        girls: &[
            "Maria", "Lucia", "Sofia", "Martina", "Carmen", "Valentina", "Camila", "Ana", "Beatriz", "Ines",
            "Isabel", "Daniela", "Paula", "Mariana", "Leonor", "Matilde", "Carolina", "Gabriela", "Elena",
            "Catalina", "Alba", "Noelia", "Ximena", "Luana",
        ],
        boys: &[
            "Mateo", "Santiago", "Diego", "Alejandro", "Javier", "Pablo", "Carlos", "Joao", "Tiago",
            "Rafael", "Miguel", "Afonso", "Rodrigo", "Andres", "Sebastian", "Luis", "Jorge", "Martim",
            "Duarte", "Ivan", "Emilio", "Nicolas", "Joaquin", "Thiago",
        ],
        family: &[
            "Garcia", "Rodriguez", "Gonzalez", "Fernandez", "Lopez", "Martinez", "Sanchez", "Perez", "Gomez",
            "Martin", "Jimenez", "Ruiz", "Hernandez", "Diaz", "Moreno", "Alvarez", "Romero", "Alonso",
            "Gutierrez", "Navarro", "Torres", "Dominguez", "Vazquez", "Ramos", "Gil", "Serrano", "Blanco",
            "Molina", "Morales", "Suarez", "Ortega", "Delgado", "Castro", "Ortiz", "Rubio", "Silva",
            "Santos", "Ferreira", "Pereira", "Oliveira", "Costa", "Rodrigues", "Martins", "Sousa",
            "Fernandes", "Goncalves", "Marques", "Almeida", "Ribeiro", "Pinto", "Carvalho", "Teixeira",
            "Moreira", "Correia", "Mendes", "Nunes", "Soares", "Vieira", "Monteiro", "Cardoso", "Rocha",
            "Coelho", "Quispe", "Mamani", "Cardenas", "Restrepo", "Zapata", "Arango", "Echeverria", "Larrea",
        ],
        family_girls: &[],
    },
    // Somali.
    People {
        per_thousand: 20,
        pattern: NamingPattern::Patronymic,
        custom: Custom::FatherAndGrandfather,
        girls: &[
            "Hodan", "Ayaan", "Fadumo", "Amina", "Khadija", "Sahra", "Ifrah", "Hibaq", "Nasra", "Zamzam",
            "Deqa", "Ubah", "Muna", "Hamda", "Ladan", "Idil", "Sagal", "Asha", "Halima", "Shukri",
        ],
        boys: &[
            "Mohamed", "Abdi", "Ahmed", "Ali", "Hassan", "Hussein", "Omar", "Yusuf", "Ibrahim", "Abdirahman",
            "Mahad", "Liban", "Guled", "Warsame", "Farah", "Jama", "Nur", "Osman", "Ismail", "Abdullahi",
            "Bashir", "Mukhtar", "Said", "Yasin", "Faisal", "Khalid", "Zakaria", "Abdifatah", "Roble",
            "Samatar", "Dahir", "Elmi", "Geedi", "Hersi",
        ],
        family: &[],
        family_girls: &[],
    },
    // Ethiopian and Eritrean.
    People {
        per_thousand: 10,
        pattern: NamingPattern::Patronymic,
        custom: Custom::Father,
        girls: &[
            "Meron", "Selam", "Hiwot", "Feven", "Bethlehem", "Eden", "Rahel", "Saba", "Tsion", "Luwam",
            "Helen", "Senait", "Mahlet", "Yordanos",
        ],
        boys: &[
            "Dawit", "Yonas", "Haile", "Tesfaye", "Bereket", "Kidane", "Solomon", "Abel", "Nahom", "Filmon",
            "Mulugeta", "Girma", "Tekle", "Berhane", "Yohannes", "Samuel", "Biniam", "Negash", "Amanuel",
            "Habtom", "Mebrahtu", "Ghebre", "Alemayehu", "Worku",
        ],
        family: &[],
        family_girls: &[],
    },
    // Icelandic.
    People {
        per_thousand: 3,
        pattern: NamingPattern::Patronymic,
        custom: Custom::FatherWithEnding,
        girls: &["Anna", "Guðrún", "Katrín", "Emilía", "Sara", "Freyja", "Embla", "Sólveig"],
        boys: &["Jon", "Gunnar", "Stefan", "Aron", "Einar", "Magnus", "Arnar", "Bjarn", "Hakon", "Olaf"],
        family: &[],
        family_girls: &[],
    },
    // Indonesian, Afghan, south Indian, Tibetan: one name.
    People {
        per_thousand: 14,
        pattern: NamingPattern::SingleName,
        custom: Custom::One,
        girls: &[
            "Suharti", "Wulandari", "Parwana", "Zarghona", "Lakshmi", "Kavitha", "Dolma", "Pema",
            "Nurhayati", "Shabnam", "Thulasi", "Yangchen", "Gulalai", "Selvi", "Malalai", "Rukmini",
            "Kusuma", "Tsering",
        ],
        boys: &[
            "Sukarman", "Budiono", "Najibullah", "Ezatullah", "Murugan", "Senthil", "Tenzin", "Lobsang",
            "Harjono", "Rahmatullah", "Karthikeyan", "Dorje", "Zabihullah", "Sutrisno", "Hamidullah",
            "Perumal", "Wangchuk", "Supriyadi", "Nasratullah", "Selvam",
        ],
        family: &[],
        family_girls: &[],
    },
    // Pakistani, Bangladeshi, Arab, Kurdish, Afghan with family names.
    People {
        per_thousand: 55,
        pattern: NamingPattern::Transliterated,
        custom: Custom::FamilyName,
        girls: &[
            "Fatima", "Aisha", "Khadija", "Maryam", "Zainab", "Amina", "Hafsa", "Sumaya", "Noor", "Yasmin",
            "Laila", "Safiya", "Ruqayyah", "Iman", "Hana", "Sara", "Zahra", "Haleema", "Sadia", "Nadia",
            "Rabia", "Samira", "Tahira", "Inaya", "Amal", "Rania", "Sakina", "Mariam",
        ],
        boys: &[
            "Mohammed", "Muhammad", "Mohamed", "Yusuf", "Ibrahim", "Ismail", "Hassan", "Hussain", "Ahmed",
            "Omar", "Uthman", "Abdullah", "Abdul Rahman", "Zakariya", "Yahya", "Musa", "Isa", "Idris",
            "Sulaiman", "Hamza", "Bilal", "Khalid", "Jamal", "Kareem", "Tariq", "Saeed", "Rashid", "Nabil",
            "Faisal", "Mustafa", "Mahmoud", "Haroon", "Dawud", "Qasim",
        ],
        family: &[
            "Khan", "Ahmed", "Hussain", "Ali", "Malik", "Iqbal", "Mahmood", "Akhtar", "Begum", "Chowdhury",
            "Rahman", "Miah", "Uddin", "Islam", "Sheikh", "Siddiqui", "Qureshi", "Mirza", "Butt", "Bhatti",
            "Raja", "Shah", "Aziz", "Haddad", "Khoury", "Mansour", "Al-Sayed", "El-Masri", "Nasser", "Saleh",
            "Hassan", "Ibrahim", "Barzani", "Karimi", "Ahmadi", "Rahimi", "Hosseini", "Mohammadi", "Yousef",
            "Abbasi", "Chaudhry", "Farooq", "Javed", "Rashid", "Saeed", "Tahir", "Yaqoob", "Zaman",
        ],
        family_girls: &[],
    },
    // Chinese: family name first at home.
    People {
        per_thousand: 15,
        pattern: NamingPattern::Transliterated,
        custom: Custom::FamilyName,
        girls: &[
            "Xiao Ling", "Mei Ling", "Yu Xin", "Zi Han", "Jia Yi", "Hui Min", "Wing Yan", "Sze Wai",
            "Ka Yan", "Xin Yi", "Shu Fen", "Li Na", "Hoi Ching", "Yan Ting",
        ],
        boys: &[
            "Xiao Ming", "Wei Jie", "Zi Xuan", "Jun Jie", "Hao Yu", "Ka Ming", "Chun Hei", "Tsz Hin",
            "Yi Chen", "Zhi Wei", "Ho Yin", "Jia Hao", "Man Kit", "Yu Ze",
        ],
        family: &[
            "Zhang", "Wang", "Li", "Chen", "Liu", "Huang", "Wu", "Zhou", "Zhao", "Xu", "Lin", "Zheng", "Cai",
            "Guo", "He", "Ye", "Liang", "Deng", "Xie", "Tang",
        ],
        family_girls: &[],
    },
    // Russian, Ukrainian, Bulgarian.
    People {
        per_thousand: 15,
        pattern: NamingPattern::Transliterated,
        custom: Custom::FamilyNameBySex,
        girls: &[
            "Yekaterina", "Anastasia", "Sofiya", "Daria", "Yulia", "Natalia", "Oksana", "Yelena", "Polina",
            "Kseniya", "Mariya", "Viktoriya", "Tatyana", "Aleksandra",
        ],
        boys: &[
            "Aleksander", "Dmitry", "Sergei", "Nikolai", "Mykhailo", "Oleksiy", "Andrei", "Yuri", "Vasily",
            "Maksim", "Artyom", "Volodymyr", "Ilya", "Fyodor",
        ],
        family: &[
            "Ivanov", "Petrov", "Kuznetsov", "Popov", "Sokolov", "Morozov", "Volkov", "Zaitsev", "Yakovlev",
            "Dmitriev", "Zhukov", "Chernov", "Tkachev", "Kovalyov", "Georgiev", "Dimitrov", "Nikolov",
            "Stoyanov", "Yordanov", "Khristov",
        ],
        family_girls: &[
            "Ivanova", "Petrova", "Kuznetsova", "Popova", "Sokolova", "Morozova", "Volkova", "Zaitseva",
            "Yakovleva", "Dmitrieva", "Zhukova", "Chernova", "Tkacheva", "Kovalyova", "Georgieva",
            "Dimitrova", "Nikolova", "Stoyanova", "Yordanova", "Khristova",
        ],
    },
    // Greek and Cypriot.
    People {
        per_thousand: 5,
        pattern: NamingPattern::Transliterated,
        custom: Custom::FamilyName,
        girls: &["Eleni", "Katerina", "Despina", "Georgia", "Ioanna", "Chrysoula", "Zoe", "Vasiliki"],
        boys: &[
            "Giorgos", "Yiannis", "Dimitris", "Konstantinos", "Nikolaos", "Andreas", "Christos", "Stavros",
        ],
        family: &[
            "Papadopoulos", "Georgiou", "Ioannou", "Christodoulou", "Nikolaidis", "Konstantinou",
            "Charalambous", "Hadjigeorgiou", "Kyriakou", "Demetriou", "Economou", "Vasiliou",
        ],
        family_girls: &[],
    },
    // Polish.
    People {
        per_thousand: 26,
        pattern: NamingPattern::NonAscii,
        custom: Custom::FamilyNameBySex,
        girls: &[
            "Zofia", "Łucja", "Małgorzata", "Agnieszka", "Oliwia", "Zuzanna", "Lena", "Maja", "Żaneta",
            "Elżbieta", "Hanna", "Alicja", "Wiktoria", "Róża", "Gabriela", "Nikola", "Martyna", "Kinga",
        ],
        boys: &[
            "Łukasz", "Michał", "Paweł", "Józef", "Błażej", "Stanisław", "Kacper", "Jakub", "Szymon",
            "Franciszek", "Mikołaj", "Bartłomiej", "Wojciech", "Filip", "Tymoteusz", "Oskar", "Igor",
            "Rafał",
        ],
        family: &[
            "Wiśniewski", "Wójcik", "Kamiński", "Zieliński", "Szymański", "Woźniak", "Dąbrowski",
            "Kozłowski", "Jabłoński", "Król", "Pawłowski", "Wróbel", "Wieczorek", "Jędrzejewski", "Górski",
            "Piątek", "Sikorski", "Baran", "Duda", "Majewski", "Ostrowski", "Głowacki", "Bąk", "Włodarczyk",
            "Żak",
        ],
        family_girls: &[
            "Wiśniewska", "Wójcik", "Kamińska", "Zielińska", "Szymańska", "Woźniak", "Dąbrowska",
            "Kozłowska", "Jabłońska", "Król", "Pawłowska", "Wróbel", "Wieczorek", "Jędrzejewska", "Górska",
            "Piątek", "Sikorska", "Baran", "Duda", "Majewska", "Ostrowska", "Głowacka", "Bąk", "Włodarczyk",
            "Żak",
        ],
    },
    // Welsh and Irish.
    People {
        per_thousand: 10,
        pattern: NamingPattern::NonAscii,
        custom: Custom::FamilyName,
        girls: &[
            "Siân", "Gwenllïan", "Lleucu", "Nïa", "Caoimhe", "Róisín", "Sinéad", "Zoë", "Chloë", "Mêl",
            "Áine", "Bríd",
        ],
        boys: &[
            "Siôn", "Gruffydd", "Tomos", "Llŷr", "Seán", "Pádraig", "Cillian", "Ciarán", "Rhŷs", "Macsen",
        ],
        family: &[
            "Llywelyn", "ap Rhys", "Prŷs", "Gwynedd", "Ó Briain", "Ní Chonaill", "Mac Giolla", "Penrŷn",
            "Cadwaladr", "Ó Súilleabháin", "Pryderi", "Môn",
        ],
        family_girls: &[],
    },
    // Turkish, Romanian, Hungarian, Lithuanian.
    People {
        per_thousand: 27,
        pattern: NamingPattern::NonAscii,
        custom: Custom::FamilyName,
        girls: &[
            "Ayşe", "Elif", "Çağla", "Ştefania", "Ioana", "Mădălina", "Zsófia", "Réka", "Ugnė", "Gabija",
            "Özge", "Ilinca", "Boglárka", "Eglė",
        ],
        boys: &[
            "Oğuz", "Emre", "Çınar", "Ştefan", "Răzvan", "Mihai", "Bálint", "Gergő", "Žygimantas", "Lukas",
            "Ömer", "Ionuţ", "Ádám", "Šarūnas",
        ],
        family: &[
            "Yılmaz", "Öztürk", "Şahin", "Çelik", "Aydın", "Doğan", "Popescu", "Ionescu", "Stănescu",
            "Munteanu", "Ţiriac", "Câmpeanu", "Kovács", "Szabó", "Tóth", "Horváth", "Kazlauskas",
            "Petrauskas", "Žukauskas", "Balčiūnas", "Güneş", "Kılıç", "Bălan", "Szűcs",
        ],
        family_girls: &[],
    },
];

/// Syllables of invented family names, for the rare names the list leaves out.
#[rustfmt::skip]
pub(crate) const RARE_FIRST: &[&str] = &[
    "Alder", "Amber", "Apple", "Arden", "Ash", "Bar", "Beck", "Bell", "Ben", "Black", "Bleas", "Bram",
    "Brind", "Brook", "Burn", "Cal", "Carn", "Chal", "Clay", "Cleve", "Cor", "Cran", "Crom", "Dal", "Dene",
    "Dray", "Dun", "Eastle", "Eld", "Ever", "Fair", "Fal", "Fen", "Fothering", "Gar", "Gat", "Glad", "Gold",
    "Gran", "Green", "Grim", "Had", "Hal", "Hamble", "Haver", "Hazel", "Hether", "Hind", "Hol", "Horn",
    "Ing", "Ivel", "Kel", "Kemp", "Ket", "King", "Lam", "Lang", "Lath", "Lind", "Lock", "Lud", "Mar", "Mead",
    "Mel", "Merri", "Mid", "Mor", "Nether", "New", "Nor", "Oak", "Old", "Orm", "Osgood", "Over", "Pel",
    "Pen", "Pick", "Quen", "Rad", "Raven", "Red", "Rock", "Rother", "Rush", "Saddle", "Sal", "Sand", "Scar",
    "Sel", "Shel", "Skel", "Snel", "Stain", "Stan", "Stock", "Summer", "Sun", "Tal", "Tarn", "Thistle",
    "Thorn", "Thur", "Tin", "Tre", "Under", "Ux", "Wad", "Wal", "Warm", "Water", "Wen", "Wether", "Whit",
    "Wil", "Win", "Wood", "Wy", "Yar",
];

/// What follows them.
#[rustfmt::skip]
pub(crate) const RARE_LAST: &[&str] = &[
    "acre", "bank", "beck", "bee", "bourne", "bridge", "brook", "bury", "by", "caster", "clere", "clough",
    "combe", "cott", "croft", "dale", "den", "don", "fell", "field", "fold", "garth", "gill", "grave",
    "greave", "ham", "hurst", "ingham", "ington", "land", "leigh", "ley", "low", "man", "mere", "more",
    "ness", "over", "royd", "scale", "sett", "shaw", "side", "stead", "stock", "stone", "stow", "thorpe",
    "thwaite", "toft", "ton", "tree", "wade", "wall", "water", "way", "well", "wick", "wold", "worth",
];
