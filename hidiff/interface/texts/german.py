"""German: the texts of the interface, by key; what is missing is said in English."""

from __future__ import annotations

CODE, TITLE = "de", "Deutsch"
TEXTS: dict[str, str] = {
    "task.polyp.title": "Polyp in einem Koloskopiebild",
    "task.fundus.title": "Gefäße in einem Netzhautbild",
    "page.between": " ",
    "page.language": "Sprache",
    "page.title": "HiDiff Studio",
    "page.lead": "Ein Segmentierer schlägt eine Maske vor. Ein Diffusionsmodell verfeinert sie dann vor Ihren "
    "Augen, Bit für Bit.",
    "page.terms": "Forschungs- und Lehrdemonstration. Kein Medizinprodukt. Nicht für die Diagnose.",
    "page.card": "Drei Masken aus Bits: die erste voller Fehler, die letzte heil.",
    "page.missing": "Hier nicht vorhanden: {title}. {reason}",
    "page.no_weights": "Hier gibt es keine Gewichte, also kann nichts segmentiert werden. Was zu tun ist, steht im "
    "Terminal.",
    "edition.title": "HiDiff-Lektionen",
    "edition.lead": "Wie ein Diffusionsmodell eine Maske verfeinert, Bit für Bit: erst raten, dann hinsehen.",
    "edition.missing": "Diese Ausgabe braucht weder Server noch Netz. Eigene Bilder, andere Einstellungen und die "
    "Rechenweisen gibt es in der App.",
    "refine.tab": "Verfeinern",
    "refine.task": "Was gesucht wird",
    "refine.examples": "Ein Beispiel wählen",
    "refine.no_examples": "Für diese Aufgabe gibt es hier keine Beispiele. Laden Sie unten ein Bild hoch.",
    "refine.synthetic": "künstlich",
    "refine.on_purpose": "absichtlich verdorben",
    "refine.both_marks": "{first} · {second}",
    "refine.yours": "Eigenes Bild",
    "refine.upload": "Eigenes Bild",
    "refine.upload_hint": "Bild hier ablegen\n\noder klicken und auswählen",
    "refine.refine": "Verfeinern",
    "refine.again": "Noch einmal, mit neuem Rauschen",
    "refine.stale": "Das Bild gehört zu anderen Einstellungen. „Verfeinern“ zeigt die jetzigen.",
    "refine.new_noise": "Neues Rauschen: Startwert {seed:d}.",
    "refine.settings_lost": "Die Einstellungen sind wieder die eigenen dieser Aufgabe.",
    "refine.stop": "Anhalten",
    "status.heading": "Die Verfeinerung",
    "status.asked": "Segmentieren ...",
    "status.prior": "Schritt 1 von {steps}",
    "status.step": "Schritt {step} von {steps}",
    "status.done": "Fertig, mit Startwert {seed:d}.",
    "status.before": "{count} Personen sind vor Ihnen dran.",
    "status.before#one": "Eine Person ist vor Ihnen dran.",
    "status.stopping": "Nach diesem Schritt ist Schluss.",
    "status.given_up": "Angehalten, bevor es einen Prior gab: Das Bild ist, wie es war.",
    "status.lost": "Die Verbindung zum Server ist weg. Was angekommen ist, lässt sich weiter abspielen; für mehr "
    "laden Sie die Seite neu.",
    "pointer.pixel": "Ein Pixel, erklärt",
    "pointer.samples": "Die Antworten nebeneinander",
    "refine.steps": "Schritte",
    "refine.steps_info": "der Rückwärtskette; weniger sind schneller",
    "refine.samples": "Stichproben",
    "refine.samples_info": "Ketten mit je eigenem Rauschen; die Antwort ist ihr Mittel",
    "refine.seed": "Startwert",
    "refine.seed_info": "gleicher Startwert, gleiche Bits",
    "refine.more": "Alle Einstellungen",
    "refine.sampler": "Abtastregel",
    "refine.sampler.ancestral": "ahnenweise, wie im Artikel",
    "refine.sampler.plug_in": "ahnenweise, eingesetztes Mittel wie veröffentlicht",
    "refine.sampler.ddim": "nach Art von DDIM",
    "refine.aggregate": "Antwort",
    "refine.aggregate.last": "die Vermutung des letzten Schritts",
    "refine.aggregate.mean": "das Mittel der Vermutungen aller Schritte",
    "refine.aggregate.blend": "dieses Mittel und der Prior, halb und halb",
    "refine.focus": "Genauer hinsehen",
    "refine.focus_info": "in einem Fenster um das verfeinern, was der Prior gefunden hat",
    "refine.both_looks": "Von beiden Blicken ausgehen",
    "refine.both_looks_info": "vom Mittel dessen, was der Segmentierer im ganzen Bild und im Fenster sieht",
    "refine.corrects": "Was das Netz verbessern darf",
    "refine.corrects.every": "jeden Prior",
    "refine.corrects.given": "alle außer dem des Segmentierers",
    "refine.mirror": "Bild spiegeln",
    "refine.mirror_info": "die Vermutung ist das Mittel über Bild und Spiegelbilder; jede Kette sieht eines davon",
    "refine.nothing": "Noch gibt es kein Bild: Wählen Sie ein Beispiel oder laden Sie eines hoch.",
    "refine.warning": "Nichts wurde geändert",
    "picture.looks": "Das sieht aus wie ein {found}; gesucht wird aber nach {sought}.",
    "picture.small": "{width:d} x {height:d} Pixel sind zu wenige für die Suche nach {sought}; nehmen Sie ein Bild, "
    "das mindestens {least:d} Pixel breit oder hoch ist.",
    "picture.neither": "Das sieht weder nach Koloskopie noch nach Netzhaut aus; gesucht wird aber nach {sought}.",
    "picture.switch": "Stattdessen danach suchen",
    "task.polyp.switch": "Stattdessen nach Polypen suchen",
    "task.fundus.switch": "Stattdessen nach Gefäßen suchen",
    "picture.keep": "So lassen",
    "prior.title": "Der Start im Einzelnen",
    "prior.kind": "Ausgehen von",
    "prior.segmentor": "der Vermutung des Segmentierers",
    "prior.own": "einer eigenen Maske",
    "prior.noise": "reinem Rauschen",
    "prior.broken": "einer absichtlich verdorbenen Vermutung",
    "prior.calibrate": "zu sicher oder zu zaghaft",
    "prior.shift": "verschoben",
    "prior.erode": "geschrumpft",
    "prior.dilate": "aufgebläht",
    "prior.erase": "ein Teil gelöscht",
    "prior.false_blob": "ein falscher Fleck",
    "prior.blur": "verwischt",
    "prior.cut_segments": "Gefäße zerschnitten",
    "prior.drop_thin": "feine Gefäße verloren",
    "prior.speckle": "falsche Punkte",
    "prior.thicken": "Gefäße zu breit",
    "prior.upload": "Eine Maske aus beliebigem Programm",
    "prior.upload_hint": "Maske hier ablegen\n\noder klicken: Weiß ist an",
    "prior.no_mask": "Noch gibt es keine Maske: Laden Sie eine hoch, oder gehen Sie von etwas anderem aus.",
    "prior.inverted": "{name} wurde umgekehrt.",
    "prior.anyway": "Trotzdem verwenden",
    "prior.invert": "Umkehren",
    "prior.error": "Wie sie verdorben ist",
    "prior.seed": "Startwert des Schadens",
    "prior.seed_info": "unabhängig vom Startwert des Rauschens",
    "refine.confidence": "Vertrauen in meine Maske",
    "refine.confidence_info": "die Wahrscheinlichkeit innerhalb der Maske; außerhalb ist sie eins minus diese",
    "prior.reset": "Zurück zum Segmentierer",
    "lead.segmentor": "Der Segmentierer hat geraten. Sehen Sie zu, wie das Netz Bit für Bit sucht, was daran falsch "
    "ist.",
    "lead.left": "Der Segmentierer hat geraten, und danach sind die Bits geworfen. Das Netz weiß es nicht besser "
    "und lässt seine Vermutung vom {object} stehen: Gehen Sie von einer verdorbenen aus, dann sehen Sie es "
    "ausbessern.",
    "lead.noise": "Niemand hat etwas vermutet: Jedes Bit beginnt als faire Münze. Sehen Sie zu, wie das Netz im "
    "Rauschen nach dem {object} sucht; von der Vermutung des Segmentierers aus kommt es weiter.",
    "lead.broken": "Die Vermutung des Segmentierers wurde absichtlich verdorben ({error}). Sehen Sie zu, wie das "
    "Netz sie Bit für Bit ausbessert.",
    "lead.own": "Die Maske ist Ihre. Sehen Sie zu, wie das Netz Bit für Bit sucht, was daran falsch ist.",
    "lead.painted": "Sie haben auf den Prior gemalt. Sehen Sie, was das Netz daraus macht.",
    "lead.held": "Sie haben gemalt, und Ihre Striche gelten. Sehen Sie, wie der Rest folgt, Bit für Bit.",
    "lead.alone": "Der Segmentierer antwortet allein: Nichts wird verfeinert.",
    "engine.title": "Ein Bit in echt",
    "engine.kind": "Was rechnet",
    "engine.kind_info": "Gewichte und Signale des Entrauschers sind Bits; beide geben dasselbe Bild",
    "backend.packed": "gepackte Bits",
    "backend.simulation": "Simulation mit Gleitkommazahlen",
    "backend.torch": "PyTorch",
    "backend.real": "Zwilling mit reellen Zahlen",
    "engine.both": "Beide messen, nebeneinander",
    "engine.nothing_timed": "Nach dem Verfeinern steht hier, wie lange ein Schritt dauert.",
    "engine.timed": "{engine}: {ms:,.0f} ms je Schritt",
    "engine.ratio": "Auf diesem Bild sind gepackte Bits {ratio:.1f}-mal so schnell.",
    "engine.same": "Alle {bits} Bits aller Schritte sind gleich.",
    "engine.differ": "{differ} von {bits} Bits unterscheiden sich über alle Schritte.",
    "engine.not_ready": "Gepackte Bits stehen auf diesem Rechner noch nicht bereit; gerechnet hat die Simulation.",
    "engine.step": "Schritt",
    "engine.channel": "Kanal",
    "engine.look": "In eine Schicht hineinsehen",
    "engine.nothing_inside": "Noch gibt es keine Antwort: Lassen Sie eine Verfeinerung zu Ende laufen, dann sehen "
    "Sie hinein.",
    "engine.not_inside": "Einen Schritt {step:d} mit einem Kanal {channel:d} gibt es hier nicht; wählen Sie "
    "kleinere Zahlen.",
    "engine.warning": "Nichts, wo man hineinsehen könnte",
    "engine.inside_where": "Schritt {number:d} (t = {t:d}), Zeile {row:d}, Spalte {column:d} des Arbeitsbilds: der "
    "Wechsel, an dessen Bit der Entrauscher am meisten zweifelte. Die erste binäre Schicht, Kanal {channel:d}:",
    "engine.inside_signs": "Vorzeichen am Eingang: 3 x 3 Stellen (Zeilen), jeder Kanal (Spalten). Voll ist +1, "
    "blass ist -1.",
    "engine.inside_weights": "Gewichte dieses Kanals: je ein Bit.",
    "engine.inside_agree": "XNOR: voll, wo Vorzeichen und Gewicht übereinstimmen.",
    "engine.inside_count": "{agree} von {seen} stimmen überein und {differ} nicht, die Summe ist also {total:+d}. "
    "Skaliert, für t = {t:d} verschoben und mit den {x:.2f} vom Eingang vereint wird daraus {value:.2f}. Die "
    "Schwelle fügt {threshold:.2f} hinzu: {side} null, also liest die nächste Schicht {sign}.",
    "engine.inside_above": "nicht unter",
    "engine.inside_below": "unter",
    "engine.inside_mask": "Die Maske jetzt",
    "engine.inside_sums": "Die Summen",
    "engine.inside_out": "Die Vorzeichen am Ausgang",
    "engine.inside_note": "Vier Kanäle teilen sich ein Byte; ein Nachschlagen in einer Tabelle mit sechzehn "
    "Antworten erledigt alle vier zugleich.",
    "compare.title": "Zwei Einstellungen vergleichen",
    "compare.difference": "Was sich unterscheidet",
    "compare.difference_info": "beide Spuren treffen auf dasselbe Rauschen, also nur das",
    "compare.run": "Nebeneinander vergleichen",
    "difference.seed": "der Startwert",
    "difference.sampler": "die Abtastregel",
    "difference.steps": "die Zahl der Schritte",
    "difference.noise": "Start im Rauschen",
    "difference.broken": "Start bei verdorbenem Prior",
    "difference.alone": "keine Verfeinerung: der Segmentierer, alle Ansichten",
    "difference.focus": "der genauere Blick",
    "difference.aggregate": "was als Antwort gilt",
    "difference.backend": "die Rechenweise",
    "difference.twin": "binärer oder reeller Entrauscher",
    "difference.user": "ohne meine Maske und Striche",
    "many.title": "Viele Antworten",
    "many.draw": "Mehrere Antworten ziehen",
    "many.sure": "An Validierungsbildern gemessen: Wo die Antwort 90 % oder mehr gab, gehörten {percent:.0f} % der "
    "Pixel zum {object}.",
    "many.split": "Wo sie geteilt war (30 bis 70 %), waren es {percent:.0f} %.",
    "reference.title": "Mit einer Referenz vergleichen",
    "reference.upload": "Referenzmaske",
    "reference.upload_hint": "Maske hier ablegen\n\noder klicken und auswählen",
    "reference.same": "Der Prior ist genau diese Referenz, die Antwort kann also nur gleich gut oder schlechter sein.",
    "reference.none": "Mit einer Referenzmaske, aus welchem Programm auch immer, werden Prior und Antwort hier "
    "bewertet.",
    "reference.no_image": "Noch gibt es kein Bild zum Vergleichen: Wählen Sie ein Beispiel oder laden Sie eines hoch.",
    "reference.left": "{name} gehörte zum vorigen Bild und wurde weggelegt; bringen Sie die Referenz des neuen Bilds.",
    "reference.warning": "Nicht verglichen",
    "reference.prior": "Prior",
    "reference.refined": "verfeinert",
    "reference.difference": "Unterschied",
    "reference.dice": "Dice",
    "reference.iou": "IoU",
    "reference.hd95": "HD95, Pixel",
    "reference.missed": "fehlende Pixel",
    "reference.false": "falsche Pixel",
    "reference.no_number": "-",
    "take.title": "Zum Mitnehmen",
    "take.all": "Alle Dateien",
    "take.all_hint": "Alle Dateien von hier in einem ZIP, mit der leichten Spur anstelle der vollen",
    "take.mask": "Maske",
    "take.mask_hint": "Die verfeinerte Maske: ein PNG so groß wie Ihr Bild, 255 ist an und 0 aus",
    "take.prior": "Prior",
    "take.prior_hint": "Die Maske vor der Verfeinerung: ein PNG so groß wie Ihr Bild, 255 ist an und 0 aus",
    "take.prob": "Wahrscheinlichkeit",
    "take.prob_hint": "Die verfeinerte Wahrscheinlichkeit jedes Pixels: ein PNG mit 16 Bit, 65535 ist Gewissheit",
    "take.overlay": "Überlagerung",
    "take.overlay_hint": "Die verfeinerte Maske auf Ihrem Bild",
    "take.difference": "Unterschied",
    "take.difference_hint": "Die verfeinerte Maske gegen die Referenz: Grau ist richtig, Blau ist falsch, Orange fehlt",
    "take.animation": "WebP",
    "take.animation_hint": "Die Verfeinerung als bewegtes Bild, Schritt für Schritt",
    "take.gif": "GIF",
    "take.gif_hint": "Dasselbe bewegte Bild als GIF, für Programme, die kein WebP kennen",
    "take.sheet": "Bogen",
    "take.sheet_hint": "Jeder Schritt oder jede Stichprobe auf einem Bogen zum Drucken",
    "take.light": "Spur",
    "take.light_hint": "Jedes Bit jedes Schritts, die Wahrscheinlichkeiten auf 0,001 gerundet; Trace.load öffnet sie",
    "take.trace": "Volle Spur",
    "take.trace_hint": "Jedes Bit und jede Zahl jedes Schritts, für Programme, die numpys .npz lesen; groß und "
    "langsam zu machen",
    "take.settings": "Einstellungen",
    "take.settings_hint": "Woraus dies entstand, als JSON: Einstellungen, Prüfsummen, Werte, Versionen und die "
    "Befehlszeile",
    "take.scribbles": "Striche",
    "take.scribbles_hint": "Was Sie gemalt haben, als PNG für --scribbles: 255 an, 0 aus, 128 frei",
    "take.megabytes": "~{number} MB",
    "take.command": "Dieselben Dateien über die Befehlszeile",
    "take.command_info": "in einer Kopie dieses Projekts, Ihr Bild daneben",
    "take.command_tab": "Befehlszeile",
    "take.python": "Dieselbe Maske in Python, von dieser App",
    "take.python_info": "pip install gradio_client; Ihr Bild daneben",
    "take.python_tab": "Python",
    "take.curl": "Dieselbe Maske in einer Shell, von dieser App",
    "take.curl_info": "braucht curl und sonst nichts; Ihr Bild daneben",
    "take.curl_tab": "curl",
    "take.nothing": "Noch gibt es keine Antwort: Lassen Sie eine Verfeinerung zu Ende laufen, dann wählen Sie noch "
    "einmal.",
    "take.warning": "Keine Datei",
    "link.title": "Ein Link zu dem, was Sie sehen",
    "link.copy": "Link kopieren",
    "link.copied": "Kopiert.",
    "link.failed": "Ihr Browser lässt die Seite nicht kopieren: Drücken Sie Strg+C, auf einem Mac Cmd+C.",
    "link.upload": "Ihr Bild bleibt bei Ihnen, also führt kein Link dorthin. Nehmen Sie die Einstellungsdatei: Mit "
    "Ihrem Bild gibt sie dieselben Bits.",
    "link.painted": "Striche passen in keinen Link. Nehmen Sie Einstellungen und Striche: Mit dem Bild geben sie "
    "dieselben Bits.",
    "link.own": "Eine eigene Maske passt in keinen Link. Nehmen Sie die Einstellungsdatei: Mit Ihren Dateien gibt "
    "sie dieselben Bits.",
    "link.refused": "{name} aus dem Link war nicht zu gebrauchen; gezeigt wird das Übliche.",
    "link.warning": "Der Link",
    "take.no_command": "Dafür gibt es keine Befehlszeile: Der Lauf wurde angehalten, oder der Segmentierer "
    "antwortete allein.",
    "lane.seed": "Startwert {seed:d}",
    "lane.steps": "{steps} Schritte",
    "lane.closer": "genauer Blick",
    "lane.whole": "ganzes Bild",
    "lane.binary": "binärer Entrauscher",
    "lane.twin": "reeller Zwilling",
    "lane.refined": "verfeinert",
    "lane.alone": "Segmentierer allein, alle Ansichten",
    "lane.with_scribbles": "mit Ihren Strichen",
    "player.lessons": "Lektionen",
    "player.stage": "{label}. {keys}",
    "player.label": "Die Verfeinerung, Schritt für Schritt",
    "player.empty": "Wählen Sie ein Beispiel oder laden Sie ein Bild hoch. Der Prior erscheint sofort, dann jeder "
    "Schritt.",
    "player.opening": "Einen Augenblick: Das erste Beispiel ist unterwegs.",
    "player.keys": "Pfeil links und rechts: ein Schritt. Pos1, Ende: erster, letzter. Leertaste: abspielen. "
    "Umschalt und Pfeile: anderes Pixel. Eingabe: festhalten. Plus, Minus: Zoom.",
    "player.help": "Tasten",
    "player.help.step": "einen Schritt zurück, einen vor",
    "player.help.ends": "der erste Augenblick, der letzte",
    "player.help.play": "abspielen, Pause",
    "player.help.pixel": "auf dem Bild: ein anderes Pixel",
    "player.help.hold": "auf dem Bild: Pixel festhalten oder mit dem Pinsel tupfen, loslassen",
    "player.help.zoom": "auf dem Bild: näher, weiter weg, das ganze Bild",
    "player.help.clicker": "in der Vortragsansicht und auf einem Presenter: Schritt",
    "player.help.panels": "in der Vortragsansicht: nächste Tafel, schwarz",
    "player.help.reveal": "in der Vortragsansicht: Antwort aufdecken, nächste Frage",
    "player.teach": "Für Lehrende",
    "player.back": "Einen Schritt zurück",
    "player.play": "Abspielen",
    "player.pause": "Pause",
    "player.ahead": "Einen Schritt vor",
    "player.scrub": "Schritt",
    "player.loop": "Immer wieder abspielen",
    "player.pace": "Geschwindigkeit",
    "player.film": "Alle Schritte",
    "player.zoom": "Zoom",
    "player.in": "Vergrößern",
    "player.out": "Verkleinern",
    "player.fit": "Ganzes Bild",
    "player.large": "Vortragsansicht, ganzer Bildschirm",
    "player.leave": "Vortragsansicht verlassen",
    "player.panel": "Nächste Tafel",
    "player.panel_hint": "Nächste Tafel: keine, die Kurven, ein Pixel (Taste p)",
    "player.most": "Größte Änderung",
    "player.most_hint": "Dorthin, wo sich am meisten änderte; noch einmal: zurück",
    "player.split": "Vorher | nachher: links vom Griff die Maske des Priors, rechts die der Antwort",
    "player.map": "Wo der Ausschnitt im ganzen Bild liegt",
    "player.skip": "Das Abspielfeld überspringen",
    "player.show": "Zeigen",
    "player.unfold": "Karten, ein Pixel, Kurven",
    "player.base.image": "Bild",
    "player.base.image_hint": "Das Foto, die vermutete Maske und was dieser Schritt umdreht",
    "player.base.bits": "Bits",
    "player.base.bits_hint": "Die Maske, wie sie jetzt ist, mit Rauschen: Weiß ist an",
    "player.base.guess": "Vermutung",
    "player.base.guess_hint": "Was der Entrauscher für die saubere Maske hält",
    "player.base.doubt": "Zweifel",
    "player.base.doubt_hint": "Welche Bits der Entrauscher für falsch hält",
    "player.base.mean": "Wahrscheinlichkeit",
    "player.base.mean_hint": "Mit welcher Wahrscheinlichkeit jedes Bit nach diesem Schritt an ist: der Mittelwert a "
    "posteriori",
    "player.base.prior": "Prior",
    "player.base.prior_hint": "Die Wahrscheinlichkeiten, mit denen die Kette beginnt: Weiß ist sicher an, Schwarz "
    "sicher aus",
    "player.base.noise": "Rauschen",
    "player.base.noise_hint": "Die Zufallszahl jedes Pixels in diesem Augenblick: Ein Bit ist an, wo sie unter der "
    "Wahrscheinlichkeit liegt",
    "player.base.flips": "Wechsel",
    "player.base.flips_hint": "Was dieser Schritt an- und ausschaltet",
    "player.base.errors": "Fehler",
    "player.base.errors_hint": "Die Vermutung gegen die Referenz: was fehlt, was zu viel ist, was stimmt",
    "player.base.difference": "Unterschied",
    "player.base.difference_hint": "Wo sich die Masken der beiden Spuren unterscheiden",
    "player.key.grey": "Schwarz aus, Weiß an",
    "player.key.heat": "je heller, desto zweifelhafter",
    "player.outline": "vermutete Maske",
    "player.flips": "Wechsel",
    "player.reference": "Referenz",
    "player.missed": "fehlt",
    "player.false": "falsch",
    "player.right": "richtig",
    "player.on": "angeschaltet",
    "player.off": "ausgeschaltet",
    "player.closer": "genauer Blick",
    "player.opacity": "Deckkraft",
    "player.tools": "Pinsel",
    "player.tool.point": "Zeigen",
    "player.tool.add": "Hinzufügen",
    "player.tool.erase": "Löschen",
    "player.size": "Größe",
    "player.undo": "Rückgängig",
    "player.redo": "Wiederholen",
    "player.clear": "Alles weg",
    "player.meaning": "Was ein Strich bedeutet",
    "player.meaning.proposes": "das Netz darf ihn zurücknehmen",
    "player.meaning.holds": "meine Striche gelten",
    "player.answering": "Auf jeden Strich antworten",
    "player.answering_slow": "hier aus, weil eine Antwort Sekunden dauert; die große Taste gibt sie",
    "player.samples": "Viele Antworten",
    "player.pixel": "Ein Pixel",
    "player.pixel.hint": "Fahren Sie über das Bild oder tippen Sie darauf, und lesen Sie, warum ein Bit wechselte.",
    "player.formula": "Die Formel",
    "player.depth.look": "Ansehen",
    "player.depth.count": "Nachrechnen",
    "player.depth.derive": "Herleiten",
    "player.handles": "Seine Zahlen ändern",
    "player.handles_hint": "Was wäre, wenn dieses Pixel einen anderen Prior, ein anderes Bit, einen anderen Zweifel "
    "hätte oder zu anderer Zeit stünde? Die Münze bleibt dieselbe.",
    "player.handles.time": "Zeit t",
    "player.handles.p": "Prior p",
    "player.handles.y": "Bit yₜ ist an",
    "player.handles.eps": "Zweifel ε̂",
    "player.handles.back": "Zurück zur Spur",
    "player.strip": "Dieses Pixel über alle Schritte: Wahrscheinlichkeit für an, gezogene Zahl, Bit",
    "player.strip.mean": "Wahrscheinlichkeit für an",
    "player.strip.u": "gezogene Zahl",
    "player.strip.bit": "Bit nach dem Schritt",
    "player.strip.mean_hint": "Der Balken: wie wahrscheinlich das Bit nach dem Schritt an ist.",
    "player.strip.u_hint": "Der Strich: die Zufallszahl. Liegt sie unter dem oberen Rand des Balkens, ist das Bit an.",
    "player.strip.bit_hint": "Das Quadrat: Weiß ist an, Schwarz aus; Blau und Orange haben eben gewechselt.",
    "player.curves": "Über die Schritte",
    "player.curve.flips": "Wechsel",
    "player.curve.flips_hint": "Wie viele Bits jeder Schritt anschaltet (blau) und ausschaltet (orange).",
    "player.curve.area_hint": "Wie viel vom Bild an ist: in den Bits des Schritts (dünn) und in der Vermutung (dick).",
    "player.curve.entropy_hint": "Wie unentschieden die Vermutung ist, in Bit je Pixel: 0 ist sicher, 1 eine faire "
    "Münze.",
    "player.curve.alpha_bar_hint": "Wie viel von der sauberen Maske zu jeder Zeit übrig ist; es steigt, wenn t fällt.",
    "player.curve.dice_hint": "Die Überdeckung mit der Referenz, 0 bis 1: der Bits (dünn), der Vermutung (dick).",
    "player.curve.area": "Fläche, %",
    "player.curve.entropy": "Entropie der Vermutung, Bit",
    "player.curve.alpha_bar": "ᾱ: was von der sauberen Maske bleibt",
    "player.curve.dice": "Dice",
    "player.curve.prior": "Prior",
    "player.prior": "Prior",
    "player.toss": "Münzwurf",
    "player.step": "Schritt {number} von {steps}",
    "player.answer": "Antwort",
    "player.stopped": "Angehalten",
    "player.fact.time": "Zeit t",
    "player.fact.time_start": "{t:d}",
    "player.fact.time_value": "{t:d} → {s:d}",
    "player.fact.alpha_bar": "ᾱ von t",
    "player.fact.alpha_bar_value": "{alpha_bar:.3g}",
    "player.fact.expected_value": "{expected}",
    "player.fact.expected": "bezweifelte Bits",
    "player.fact.area": "Fläche",
    "player.fact.prior_area": "Fläche des Priors",
    "player.fact.seconds": "gerechnet in",
    "player.fact.seconds_value": "{seconds:.1f} s",
    "player.fact.area_value": "{percent:.2f} % des Bilds",
    "player.fact.chain": "Kette",
    "player.fact.chain_value": "{chain} von {samples}",
    "player.note": "{title}: {width:d} x {height:d} Pixel, Startwert {seed:d}.",
    "player.note_whole": "{title}: {width:d} x {height:d} Pixel, verfeinert als {wide:d} x {tall:d} Bits, "
    "Startwert {seed:d}.",
    "player.note_lanes": "In den Kurven gehören durchgezogene Linien zur ersten Spur, {first}, gestrichelte zur "
    "zweiten, {second}.",
    "player.note_closer": "{title}: {width:d} x {height:d} Pixel, genauer Blick auf {across:d} x {down:d}, "
    "verfeinert als {wide:d} x {tall:d} Bits, Startwert {seed:d}.",
    "player.js.alt": "{title}. {sentence}",
    "player.error.scribbles": "Die Striche sind nicht das, was der Pinsel schickt; malen Sie sie im Bild und "
    "versuchen Sie es noch einmal.",
    "player.error.scribbles_size": "Die Striche sind {width:d} x {height:d} groß und das Bild {across:d} x "
    "{down:d}; malen Sie auf dem gezeigten Bild.",
    "player.js.toss": "y_T",
    "player.js.pane_image": "Foto",
    "player.js.pane_bits": "Bits",
    "player.js.pane_guess": "Vermutung des Netzes",
    "player.js.pane_doubt": "Zweifel des Netzes",
    "player.js.pane_mean": "Wahrscheinlichkeit für an",
    "player.js.pane_prior": "Der Prior",
    "player.js.pane_noise": "Zufallszahlen",
    "player.js.pane_flips": "Wechsel",
    "player.js.pane_errors": "Fehler",
    "player.js.split": "Prior {percent} %, der Rest die Antwort",
    "player.js.measure_dice": "Dice mit der Referenz",
    "player.js.measure_guess_dice": "Dice der Vermutung",
    "player.js.hint.guess_dice": "Wie gut sich Vermutung und Referenz decken: 1 ist dasselbe, 0 ist kein "
    "gemeinsames Pixel.",
    "player.js.measure_changed": "geänderte Pixel",
    "player.js.of_pixels": "von {pixels}",
    "player.js.since": "statt {from}",
    "player.js.since_better": "statt {from}: um {by} besser",
    "player.js.since_worse": "statt {from}: um {by} schlechter",
    "player.js.since_level": "statt {from}: gleich gut",
    "player.js.hint.dice": "Wie gut sich Maske und Referenz decken: 1 ist dasselbe, 0 ist kein gemeinsames Pixel.",
    "player.js.hint.changed": "Pixel, die in der Maske des Priors an waren und jetzt aus sind, oder umgekehrt.",
    "player.js.hint.time": "Die Kette zählt von T herunter: Bei T ist die Maske ein Wurf nach dem Prior, bei 0 ist "
    "sie sauber.",
    "player.js.hint.alpha-bar": "Wie viel von der sauberen Maske zur Zeit t übrig ist. Der Rest ist im Prior "
    "aufgegangen.",
    "player.js.hint.expected": "Die Summe aller Zweifel: So viele Bits hält der Entrauscher für falsch. Umgedreht "
    "werden weniger, denn ein Schritt geht nur einen Teil des Wegs, und mancher Wurf lässt das alte Bit stehen.",
    "player.js.hint.area": "Welchen Teil des Bilds die Maske bedeckt.",
    "player.js.hint.prior_area": "Welchen Teil des Bilds die Maske des Priors bedeckt, bevor etwas verfeinert wird.",
    "player.js.hint.seconds": "Die Zeit der Schritte auf diesem Server, ohne die des Segmentierers.",
    "player.js.hint.chain": "Jede Kette hat ihr eigenes Rauschen; die Antwort ist ihr Mittel.",
    "player.js.hint.p": "Der Prior: wie wahrscheinlich dieses Pixel an ist, bevor die Kette beginnt.",
    "player.js.hint.y": "Das Bit zur Zeit t, mit dem der Schritt beginnt: 1 ist an, 0 ist aus.",
    "player.js.hint.eps": "Der Zweifel des Entrauschers: wie wahrscheinlich dieses Bit falsch ist.",
    "player.js.hint.y0": "Die Vermutung über die saubere Maske: das Bit, so weit umgedreht, wie daran gezweifelt wird.",
    "player.js.hint.alpha": "Wie viel vom Gedächtnis eines Bits der Schritt von t zum nächsten bewahrt.",
    "player.js.hint.theta-1": "Wie gut ein ausgeschaltetes Bit erklärt, was zu sehen ist: das Gewicht für aus, noch "
    "nicht geteilt.",
    "player.js.hint.theta-2": "Wie gut ein angeschaltetes Bit erklärt, was zu sehen ist: das Gewicht für an, noch "
    "nicht geteilt.",
    "player.js.hint.mean": "Wie wahrscheinlich das Bit nach diesem Schritt an ist: der Mittelwert a posteriori aus "
    "θ₁ und θ₂.",
    "player.js.hint.u": "Die Münze: eine Zufallszahl zwischen 0 und 1. Das Bit ist an, wenn sie unter μ liegt.",
    "player.js.hint.out": "Das Bit, mit dem der nächste Schritt beginnt.",
    "player.js.hint.answer": "Die Wahrscheinlichkeit in der Antwort; über einhalb gehört das Pixel zur Maske.",
    "player.js.where": "Zeile {row:d}, Spalte {column:d}",
    "player.js.held": "festgehalten; noch einmal tippen lässt los",
    "player.js.bit_on": "an",
    "player.js.bit_off": "aus",
    "player.js.out": "Bit danach",
    "player.js.answer": "Antwort",
    "player.js.if": "wenn y₀ = 0 | 1",
    "player.js.below": "kleiner",
    "player.js.not_below": "nicht kleiner",
    "player.js.why_prior": "Der Prior gibt diesem Pixel eine Wahrscheinlichkeit von {percent} %, an zu sein.",
    "player.js.why_start_on": "Der Prior gibt {percent} %. Die gezogene Zahl {u} ist kleiner als {p}: Die Kette "
    "beginnt hier mit einem Bit, das an ist.",
    "player.js.why_start_off": "Der Prior gibt {percent} %. Die gezogene Zahl {u} ist nicht kleiner als {p}: Die "
    "Kette beginnt hier mit einem Bit, das aus ist.",
    "player.js.why_flips": "Das Bit war {before}. Der Entrauscher hält es mit {doubt} % für falsch, vermutet also "
    "zu {guess} % an; damit ist die Wahrscheinlichkeit für an nach diesem Schritt {mean}. Die gezogene Zahl {u} ist "
    "{relation}: Das Bit wechselt auf {after}.",
    "player.js.why_stays": "Das Bit ist {before}. Der Entrauscher hält es mit {doubt} % für falsch, vermutet also "
    "zu {guess} % an; damit ist die Wahrscheinlichkeit für an nach diesem Schritt {mean}. Die gezogene Zahl {u} ist "
    "{relation}: Das Bit bleibt {after}.",
    "player.js.why_last": "Im letzten Schritt fällt keine Münze. Das Bit war {before}, und der Entrauscher hält es "
    "mit {doubt} % für falsch: Er vermutet zu {guess} % an, also endet es {after}.",
    "player.js.why_answer_on": "Die Antwort: {percent} % an, mehr als einhalb, also gehört das Pixel zur Maske. "
    "Wechsel unterwegs: {flips}.",
    "player.js.why_answer_off": "Die Antwort: {percent} % an, nicht mehr als einhalb, also bleibt das Pixel "
    "draußen. Wechsel unterwegs: {flips}.",
    "player.js.why_painted": "Eine Hand hat dieses Bit auf {bit} gemalt, und gemalte Bits gelten in jedem Schritt.",
    "player.js.line_forward": "Im Training: Ein Schritt behält ein Bit oder zieht es nach dem Prior neu.",
    "player.js.line_marginal": "Viele solche Schritte sind einer: durch Induktion über den Schritt davor.",
    "player.js.line_start": "Die Kette beginnt mit einem Wurf nach dem Prior.",
    "player.js.line_guess": "Die Vermutung ist das Bit, so weit umgedreht, wie daran gezweifelt wird.",
    "player.js.line_theta_off": "Das Gewicht für aus: wie gut es das vorhandene Bit erklärt, mal seine eigene "
    "Wahrscheinlichkeit.",
    "player.js.line_theta_on": "Das Gewicht für an, ebenso.",
    "player.js.line_posterior": "Die Regel von Bayes: das Gewicht für an unter beiden, wäre das saubere Bit bekannt.",
    "player.js.line_mean_ancestral": "Das saubere Bit ist nicht bekannt: beide Fälle, gemischt, wie die Vermutung "
    "es sagt.",
    "player.js.line_mean_plug_in": "Die veröffentlichte Abkürzung: Die Vermutung steht in den Gewichten, als wäre "
    "sie ein Bit.",
    "player.js.line_mean_ddim": "Der Schritt nach Art von DDIM geht auf die Vermutung zu; der Prior spielt nicht mit.",
    "player.js.line_toss": "Das nächste Bit ist ein Wurf nach diesem Mittelwert.",
    "player.js.line_last": "Im letzten Schritt fällt keine Münze: Das Bit ist an, wo die Vermutung über einhalb liegt.",
    "player.js.line_no_step": "Gehen Sie zu einem Schritt der Kette, dann stehen hier die Zahlen dieses Pixels.",
    "player.js.spoken_forward": "q von y t gleich eins ist Alpha t mal das Bit davor, plus eins minus Alpha t, mal p",
    "player.js.spoken_marginal": "q von y t gleich eins, gegeben y null, ist Alpha quer t mal y null, plus eins "
    "minus Alpha quer t, mal p",
    "player.js.spoken_start": "y groß T ist eins, wo u unter p liegt",
    "player.js.spoken_guess": "y null Dach ist der Abstand von y t und Epsilon Dach",
    "player.js.spoken_theta_off": "Theta eins ist Alpha t mal eins minus y t, plus eins minus Alpha t mal der "
    "Abstand von y t plus p zu eins; das alles mal Alpha quer s mal eins minus y null, plus eins minus Alpha quer s "
    "mal eins minus p",
    "player.js.spoken_theta_on": "Theta zwei ist Alpha t mal y t, plus eins minus Alpha t mal der Abstand von y t "
    "plus p zu eins; das alles mal Alpha quer s mal y null, plus eins minus Alpha quer s mal p",
    "player.js.spoken_posterior": "Pi von y null ist Theta zwei durch die Summe von Theta eins und Theta zwei",
    "player.js.spoken_mean_ancestral": "My ist y null Dach mal Pi von eins, plus eins minus y null Dach, mal Pi von "
    "null",
    "player.js.spoken_mean_plug_in": "My ist Theta zwei durch die Summe von Theta eins und Theta zwei",
    "player.js.spoken_mean_ddim": "My ist Sigma mal y t, plus Alpha quer s minus Sigma mal Alpha quer t, mal y null "
    "Dach",
    "player.js.spoken_toss": "y s ist eins, wo u unter My liegt",
    "player.js.counted_guess": "Das Bit ist {y} und der Zweifel daran {eps}, also ist die Vermutung {y0}.",
    "player.js.counted_mean_ancestral": "Ist das saubere Bit an, gibt die Regel von Bayes {ifOn}, ist es aus, "
    "{ifOff}; nach der Vermutung {y0} gemischt sind das {mu}.",
    "player.js.counted_mean_plug_in": "Die Gewichte sind {theta1} für aus und {theta2} für an: {mu}.",
    "player.js.counted_mean_ddim": "Vom Bit {y} auf die Vermutung {y0} zu: {mu}.",
    "player.js.counted_toss": "Die gezogene Zahl ist {u} und der Mittelwert {mu}: Das Bit ist {ys}.",
    "player.js.handled": "Mit diesen Zahlen ist das Bit nach dem Schritt {after}.",
    "player.js.handled_same": "Das sind die Zahlen der Spur selbst: Das Bit ist nach dem Schritt {after}.",
    "player.js.other_mean": "μ, {rule}",
    "player.js.rule_ancestral": "genau",
    "player.js.rule_plug_in": "wie veröffentlicht",
    "player.js.rule_ddim": "nach Art von DDIM",
    "player.js.axis_prior": "Prior",
    "player.js.axis_answer": "Antwort",
    "player.js.only": "nur bei {lane}",
    "player.js.sample": "Stichprobe {number:d}",
    "player.js.samples_mean": "Anteil der Stichproben",
    "player.js.samples_disagreement": "Uneinigkeit",
    "player.js.samples_area": "Flächen: {span} % des Bilds.",
    "player.js.samples_dice": "Dice: {span}.",
    "player.js.representative": "stimmt am besten mit den anderen überein",
    "player.js.samples_star": "★ stimmt am besten mit den anderen überein.",
    "say.prior": "Der Prior, den die Kette verfeinern soll: Innerhalb der Linie gehört jedes Pixel eher zum {object} "
    "als nicht.",
    "say.prior_painted": "Der Prior mit Ihren Strichen, bei dem die Kette beginnt: Innerhalb der Linie gehört jedes "
    "Pixel eher zum {object} als nicht.",
    "say.toss": "Der Münzwurf y_T: Jedes Pixel wirft seine eigene Münze, gewichtet mit dem Prior. {on} von {bits} "
    "Bits fallen auf an.",
    "say.toss_looks": "Der Münzwurf y_T: Jedes Pixel wirft seine eigene Münze, gewichtet mit dem Mittel aus dem Prior "
    "und dem, was der Segmentierer im näheren Blick sieht. {on} von {bits} Bits fallen auf an.",
    "say.first": "Der Entrauscher sieht die geworfenen Bits. Er hält {expected} von {bits} für falsch; dieser "
    "Schritt schaltet {on} an und {off} aus.",
    "say.step": "Der Entrauscher hält {expected} von {bits} Bits für falsch; dieser Schritt schaltet {on} an und "
    "{off} aus.",
    "say.step_left": "Das Netz wird nicht gefragt: Die Vermutung bleibt, und nach ihr sind wohl {expected} von {bits} "
    "Bits falsch. Dieser Schritt schaltet {on} an und {off} aus.",
    "say.last": "Jetzt fällt keine Münze mehr: Ein Bit ist an, wo die Vermutung über einhalb liegt. {on} werden "
    "angeschaltet, {off} aus.",
    "say.answer": "Die Antwort. {change}",
    "say.answer_mean": "Die Antwort ist das Mittel aller {steps} Vermutungen. {change}",
    "say.answer_blend": "Die Antwort ist das Mittel aller {steps} Vermutungen, halb und halb mit dem Prior. {change}",
    "say.answer_many": "Die Antwort ist das Mittel von {samples} Ketten, deren Flächen von {low:.2f} bis {high:.2f} "
    "% reichen. {change}",
    "say.stopped": "Angehalten nach {done} von {steps} Schritten: Das ist die Vermutung bis hierher. {change}",
    "say.alone": "Die Antwort des Segmentierers aus allen Ansichten; nichts wurde verfeinert. {change}",
    "say.change": "Gegenüber dem Prior kamen Bildpunkte hinzu: {on}; weg fielen: {off}.",
    "say.looks": "Der nähere Blick änderte {looks} vor dem ersten Schritt, die Kette {chain}.",
    "say.nothing": "Nichts wurde gefunden: Kein Bit ist eher an als aus.",
    "stroke.added_none": "Sie haben {painted} Pixel angemalt: Das Netz hat alle behalten.",
    "stroke.added_none#one": "Sie haben 1 Pixel angemalt: Das Netz hat es behalten.",
    "stroke.added_some": "Sie haben {painted} Pixel angemalt: {back} davon hat das Netz zurückgenommen.",
    "stroke.added_all": "Sie haben {painted} Pixel angemalt: Das Netz hat alle zurückgenommen.",
    "stroke.added_all#one": "Sie haben 1 Pixel angemalt: Das Netz hat es zurückgenommen.",
    "stroke.erased_none": "Sie haben {painted} Pixel gelöscht: Keines kam zurück.",
    "stroke.erased_none#one": "Sie haben 1 Pixel gelöscht: Es kam nicht zurück.",
    "stroke.erased_some": "Sie haben {painted} Pixel gelöscht: {back} davon kamen zurück.",
    "stroke.erased_all": "Sie haben {painted} Pixel gelöscht: Alle kamen zurück.",
    "stroke.erased_all#one": "Sie haben 1 Pixel gelöscht: Es kam zurück.",
    "stroke.nothing": "Ihre Striche haben nichts geändert: Der Prior hatte es schon so.",
    "stroke.holds": "Ihre {painted} gemalten Pixel gelten.",
    "stroke.holds#one": "Ihr gemaltes Pixel gilt.",
    "stroke.others": "Gegenüber dem Prior haben sich {others} andere geändert.",
    "stroke.others#one": "Gegenüber dem Prior hat sich 1 anderes geändert.",
    "stroke.others_none": "Gegenüber dem Prior hat sich kein anderes geändert.",
    "about.tab": "Mehr dazu",
    "about.chain": "Vom Foto zur Maske",
    "about.chain_alt": "Aus einem Foto wird ein Prior, aus dem Prior eine Maske geworfener Bits, und Schritte, die "
    "sich wiederholen, machen daraus die Antwort.",
    "about.figure.image": "Bild",
    "about.figure.prior": "Prior p",
    "about.figure.mask": "Bits",
    "about.figure.answer": "Antwort",
    "about.figure.segmentor": "Segmentierer",
    "about.figure.toss": "Münzwurf",
    "about.figure.steps": "T Schritte",
    "about.equation.forward": "Der Vorwärtsprozess lässt die wahre Maske im Prior aufgehen; B ist Bernoullis "
    "Gesetz, eine Münze für jedes Pixel.",
    "about.equation.start": "Die Kette beginnt mit einem Wurf nach dem Prior; u ist eine Zufallszahl zwischen 0 und 1.",
    "about.equation.guess": "Der Zweifel des Entrauschers dreht Bits um: Das ist seine Vermutung über die saubere "
    "Maske.",
    "about.equation.mean": "Die Regel von Bayes wägt die Vermutung gegen Bits und Prior ab: mit welcher "
    "Wahrscheinlichkeit das nächste Bit an ist.",
    "about.equation.next": "Die nächste Maske ist ein Wurf danach.",
    "about.results": "Was gemessen wurde",
    "about.results_info": "Dice über Testbilder in ihrer eigenen Größe; in Klammern ein 95-%-Intervall des Mittels "
    "über die Bilder.",
    "about.column.set": "Datensatz",
    "about.column.cases": "Bilder",
    "about.column.prior": "Segmentierer",
    "about.column.refined": "verfeinert",
    "about.column.change": "Änderung",
    "about.cite": "So wird zitiert",
    "about.cite_copy": "BibTeX kopieren",
    "about.links": """
## Zum Weiterlesen

- [HiDiff](https://arxiv.org/abs/2407.03548), der Artikel: die Maske eines Segmentierers, durch Bernoulli-Diffusion
  verfeinert
- [BerDiff](https://arxiv.org/abs/2304.04429), dieselbe Kette aus reinem Rauschen
- [D3PM](https://arxiv.org/abs/2107.03006), Diffusion diskreter Zustände überhaupt
""",
    "about.body": """
## Was Sie sehen

1. **Der Prior.** Ein Segmentierer sieht sich das Bild an, bei manchen Aufgaben auch gespiegelt, und gibt jedem
   Pixel eine Wahrscheinlichkeit.
2. **Die Kette.** Aus dem Prior wird eine Maske gezogen: eine Münze für jedes Pixel. Dann sieht sich ein binärer
   Entrauscher Bild, Maske und Prior an und sagt, welche Bits wohl falsch sind, und eine neue Maske wird gezogen.
   Das wiederholt sich bis hinab zu t = 1.
3. **Die Antwort.** Was der Entrauscher glaubt, bei einhalb geschnitten: am Ende oder im Mittel über alle Schritte,
   je nachdem, was bei der Wahl der Gewichte besser war. Bei mehreren Stichproben ist es deren Mittel.

Dem Entrauscher wird gesagt, **wessen Prior** er hat: den des Segmentierers, irgendeinen (Rauschen, einen
verdorbenen, eine Maske irgendeines Programms, das als Vorschlag Gemalte) oder einen mit Strichen, die gelten. Der
Prior eines Segmentierers stimmt fast überall, also wird von der Verbesserung wenig genommen; bei Gefäßen gar
nichts, weil die Verfeinerung dort ihren Prior nicht übertraf. Striche, die gelten, finden auf einem gefüllten
Objekt die Antwort, auf die sie zeigen.

*Umriss*: die Maske, an die der Entrauscher in diesem Schritt glaubt. *Blau*: Bits, die der Schritt einschaltet.
*Orange*: Bits, die er ausschaltet. *Bits*: die Maske y<sub>t</sub> selbst, mit Rauschen. *Vermutung*: welche
Wahrscheinlichkeit der Entrauscher der sauberen Maske gibt. Bei der Antwort vergleichen Blau und Orange sie mit dem
Prior.

Hat der Prior etwas Kleines gefunden, arbeitet die Kette in einem Fenster darum, aus den ursprünglichen Pixeln
geschnitten: *Genauer hinsehen*. Die Dateien zum Mitnehmen sind immer so groß wie Ihr Bild.

## Was Sie ändern können

- **Mit einer anderen Maske beginnen**: mit Ihrer eigenen, aus irgendeinem Programm, der so weit getraut wird, wie
  Sie sagen; mit Rauschen, das ist BerDiff, die Kette ohne Prior; oder mit dem absichtlich verdorbenen Vorschlag des
  Segmentierers. Oder malen Sie auf das Bild: Was Sie malen, ist ein Vorschlag, den das Netz zurücknehmen darf, oder
  es gilt und spricht auf gefüllten Objekten auch für seine Umgebung.
- **Zwei Einstellungen vergleichen**, nebeneinander und im selben Takt. Beide Spuren treffen auf dieselben
  Zufallszahlen; was anders ausgeht, kommt also von dem, was geändert wurde.
- **Viele Antworten**: Ketten mit je eigenem Rauschen. Wo sie übereinstimmen, ist das Modell sich sicher; das heißt
  nicht, dass es recht hat.
- **Zum Mitnehmen**: Masken, Bilder, die Spur mit jeder Zahl, und die Einstellungen, aus denen dieselben Bytes
  wieder entstehen, samt der Befehlszeile dafür.

Das Verfahren ist HiDiff (Chen, Wang, Chen, Lei, Shan: IEEE TMI 2024, arXiv 2407.03548).

## Aus einem Programm benutzen

`/prior`, `/refine` (schickt seine Schritte nacheinander) und `/refine_prior` (beginnt mit Ihrer Maske) lassen sich
mit `gradio_client` aufrufen; der Verweis auf die API am Fuß dieser Seite zählt auf, was sie nehmen und geben.

## Ihre Bilder

Ein hochgeladenes Bild wird auf diesem Server gelesen, etwa eine Stunde aufbewahrt, damit Sie das Ergebnis
herunterladen können, und dann gelöscht. Nichts wird aufgezeichnet.
""",
    "about.weights": "Gewichte",
    "weights.folder": "Gewichte für {task}: ein Ordner dieses Servers.",
    "weights.unknown": "Gewichte für {task}: in diesem Prozess entstanden.",
    "about.failures": "Bekannte Fehler",
    "about.examples": "Beispiele",
    "about.example": "{title}{synthetic}: {source}. Lizenz: {licence}. {note}",
    "about.example_short": "{source}. Lizenz: {licence}.",
    "about.synthetic": " (künstlich)",
    "error.image_missing": "Es gibt kein Bild; schicken Sie eines als Datei.",
    "error.address": "Dieser Server holt nichts aus dem Netz; schicken Sie das Bild selbst als Datei.",
    "error.task": "Eine Aufgabe namens {task!r} gibt es hier nicht; wählen Sie eine von {tasks}.",
    "error.canvas": "{name} müsste auf mehr als {limit} Millionen Pixel vergrößert werden, weil das Gesichtsfeld zu "
    "wenig davon füllt; schneiden Sie es zu und versuchen Sie es noch einmal.",
    "error.no_scribbles": "Nichts wurde gemalt, also gibt es keine Striche zu sichern.",
    "error.no_reference": "Es gibt keine Referenz zum Vergleichen; bringen Sie zuerst eine Referenzmaske.",
    "error.nothing_of_yours": "Es gibt weder Maske noch Striche von Ihnen, die man weglassen könnte; bringen Sie "
    "eine Maske oder malen Sie, dann vergleichen Sie.",
    "error.no_step": "Kein Schritt wurde gemacht, also gibt es nichts dergleichen; verfeinern Sie zuerst.",
    "error.kind": "Eine Datei der Art {kind!r} gibt es hier nicht.",
    "error.difference": "In {difference!r} können sich zwei Spuren hier nicht unterscheiden; wählen Sie etwas vom "
    "Angebotenen.",
    "error.backend": "Eine Rechenweise namens {backend!r} gibt es nicht; wählen Sie packed oder simulation.",
    "error.samples_here": "{name} ist zu groß für so viele Stichproben auf einmal; wählen Sie höchstens {limit}.",
    "error.work": "{name} würde mit diesen Einstellungen hier etwa {seconds} Sekunden brauchen; erlaubt sind "
    "{limit}. Wählen Sie weniger Stichproben, weniger Schritte oder die gepackten Bits.",
    "error.trace_size": "Die ganze Spur wäre größer als die {limit} MB, die dieser Server anlegt; nehmen Sie die "
    "leichte Spur, aus der dieselben Schritte folgen.",
    "error.explain_size": "{name} ist mit so vielen Stichproben und Schritten zu groß, um erklärt zu werden; wählen "
    "Sie weniger davon.",
    "error.switch": "{name} ist weder true noch false; geben Sie eins von beiden.",
    "error.call": "Das war nicht zu verstehen; prüfen Sie, was gesendet wurde, und versuchen Sie es noch einmal.",
    "server.too_large": "Das ist größer als die erlaubten {limit:g} MB; senden Sie weniger und versuchen Sie es noch "
    "einmal.",
    "server.no_endpoint": "Einen solchen Endpunkt gibt es hier nicht; die Seite der API zählt sie auf.",
    "server.no_json": "Das ist kein JSON, das gemeint sein könnte; prüfen Sie Zahlen und Verschachtelung und "
    "versuchen Sie es noch einmal.",
    "server.session": "Der Name einer Sitzung ist ein Wort aus höchstens 128 Buchstaben; wählen Sie einen anderen.",
    "server.host": "Dieser Server hört nicht auf diesen Namen; öffnen Sie ihn unter seiner eigenen Adresse. (Wer ihn "
    "betreibt, kann in HIDIFF_HOSTS weitere nennen.)",
    "server.origin": "Die Seite eines anderen Anbieters darf diesem Server nichts senden; öffnen Sie seine eigene "
    "Seite.",
    "server.disk": "Innerhalb einer Stunde wurde zu viel hochgeladen; kommen Sie in {minutes} Minuten wieder.",
    "server.closing": "Der Server wird gerade angehalten; versuchen Sie es, wenn er wieder da ist.",
    "server.full": "{waiting} Aufträge warten schon; kommen Sie in etwa {seconds} Sekunden wieder.",
    "server.full_title": "Viel zu tun",
    "server.no_space": "Dieser Server hat keinen Platz für eine weitere Datei; kommen Sie in einer Stunde wieder, "
    "wenn alte gelöscht sind.",
    "server.time_limit": "Die Verfeinerung wurde nach {seconds:g} Sekunden beendet wie durch „Anhalten“; was da ist, "
    "zählt.",
    "library.weights_alone": "Gewichte für {task}: die mitgelieferten (es ist kein Hub-Verzeichnis angegeben).",
    "library.weights_embedded": "Gewichte für {task}: die mitgelieferten ({reason}).",
    "library.weights_hub": "Gewichte für {task}: Hub-Verzeichnis {repo}, Stand {commit}.",
    "library.broken": "{name} war nicht zu entziffern; vielleicht ist es beschädigt: Sichern Sie es neu als PNG und "
    "versuchen Sie es noch einmal.",
    "library.cut": "{name} ist beschädigt oder abgeschnitten; sichern Sie es von der Quelle neu und versuchen Sie "
    "es noch einmal.",
    "library.unknown": "{name} ist kein Bild, das hier gelesen werden kann; wählen Sie PNG, JPEG, WebP, BMP oder TIFF.",
    "library.empty_file": "{name} ist leer; wählen Sie ein Bild als PNG, JPEG, WebP, BMP oder TIFF.",
    "library.gone": "{name} wurde nicht gefunden; prüfen Sie den Ort und versuchen Sie es noch einmal.",
    "library.too_many_bytes": "{name} hat {size} MB, mehr als die erlaubten {limit} MB; machen Sie es kleiner und "
    "versuchen Sie es noch einmal.",
    "library.too_many_pixels": "{name} hat {size} Pixel, mehr als die erlaubten {limit} Megapixel; machen Sie es "
    "kleiner und versuchen Sie es noch einmal.",
    "library.out_of_range": "{name} enthält Werte außerhalb von 0..1 und 0..255; skalieren Sie sie und versuchen "
    "Sie es noch einmal.",
    "library.proportions": "{name} ist {size} groß und das Bild {other}, das sind andere Seitenverhältnisse; wählen "
    "Sie die Maske dieses Bilds, in seiner Größe oder als Ganzes skaliert.",
    "library.resampled": "{name} ist {size} groß und wurde auf die {other} des Bilds umgerechnet.",
    "library.sizes": "{name} ist {size} groß und {other} {wanted}; beide brauchen eine Größe.",
    "library.photograph": "{name} sieht aus wie ein Foto und nicht wie eine Maske: Es hat viele Farben oder Grautöne.",
    "library.inverted": "{name} bedeckt {percent} % des Bilds; vielleicht ist sie umgekehrt.",
    "library.nothing_on": "{name} ist leer: Kein Pixel darin ist an.",
    "library.all_on": "{name} ist überall an.",
    "library.little_on": "{name} ist fast leer: {on} von {total} Pixeln sind an.",
    "library.little_off": "{name} ist fast voll: Nur {off} von {total} Pixeln sind aus.",
    "library.whole": "{name} ist {value}; wählen Sie eine ganze Zahl von {low} bis {high}.",
    "lesson.survives.discuss_one": "Auf welchen Teil hätten Sie gesetzt, und was im Bild hat Sie dazu gebracht?",
    "lesson.survives.discuss_two": "Bliebe bei einem anderen Startwert derselbe Teil übrig? Versuchen Sie drei und "
    "sagen Sie, warum.",
    "lesson.survives.title": "Welcher Teil bleibt?",
    "lesson.survives.idea": "Die Kette behält, wofür im Bild etwas spricht, und lässt den Rest los.",
    "lesson.survives.ask": "Dieser Umriss wurde absichtlich verdorben. Welcher Teil wird am Ende noch da sein?",
    "lesson.survives.vanishes": "Sie haben dem Umriss vertraut. Der Entrauscher sieht auch das Bild an, und dort "
    "fand er nichts, was für diesen Teil spricht.",
    "lesson.survives.because": "Von allem, was umrandet war, ist in der Antwort noch {kept_of_prior} an.",
    "lesson.survives.kept": "Welcher Anteil der Pixel des ersten Umrisses ist in der Antwort noch an?",
    "lesson.survives.all": "Sie haben erwartet, dass alles bleibt. Der Prior ist nur der Anfang der Kette: Jeder "
    "Schritt kann jedes Bit umdrehen.",
    "lesson.survives.none": "Sie haben erwartet, dass nichts bleibt. Die Kette fängt nicht neu an: Sie geht vom "
    "Prior aus und bessert ihn aus.",
    "lesson.survives.kept_because": "{kept_of_prior} des ersten Umrisses ist noch an.",
    "lesson.survives.text": "Der Umriss ist der Prior: eine Karte von Wahrscheinlichkeiten. Die Kette wirft für "
    "jedes Pixel eine Münze, und ein Entrauscher sagt Schritt für Schritt, welche Bits in diesem Bild falsch "
    "aussehen. Was er sehen kann, behält er.",
    "lesson.coin.discuss_one": "Wo im Bild liegen die Münzen, auf die es ankommt?",
    "lesson.coin.discuss_two": "Warum nimmt man nicht einfach den Umriss bei einhalb? Wie müsste ein Segmentierer "
    "sein, damit diese Lektion nutzlos wäre?",
    "lesson.coin.title": "Eine Maske ist eine Münze in jedem Pixel",
    "lesson.coin.idea": "Der Prior gibt die Wahrscheinlichkeiten, und die Kette beginnt mit einem Wurf aller Münzen.",
    "lesson.coin.ask": "Gleich werden alle {all_bits} Pixel geworfen, jedes nach seiner eigenen "
    "Wahrscheinlichkeit. Wie viele werden innerhalb des Umrisses aus oder außerhalb an?",
    "lesson.coin.fair": "Sie haben faire Münzen erwartet. Das wäre reines Rauschen; so beginnt BerDiff. Hier ist "
    "jede Münze mit dem Prior gewichtet.",
    "lesson.coin.threshold": "Sie haben den Umriss selbst erwartet. Ein Prior ist keine fertige Maske: Auch ein "
    "sicheres Pixel behält eine kleine Chance.",
    "lesson.coin.undecided": "Sie haben jedes unentschiedene Pixel gezählt. So eines kann wechseln, aber die "
    "meisten fallen auf die wahrscheinlichere Seite.",
    "lesson.coin.because": "{tossed_across} fielen anders als der Umriss. Die Wahrscheinlichkeiten allein "
    "ergeben {tossed_across_expected}.",
    "lesson.coin.one": "Ein Pixel ist mit Wahrscheinlichkeit {coin_p} an. In welchem Anteil von {seeds} Würfen ist "
    "es an?",
    "lesson.coin.one_because": "In {coin_on} von {seeds} Würfen war es an, alle hier in Ihrem Browser geworfen. Je "
    "mehr Würfe, desto näher an {coin_p}.",
    "lesson.coin.text": "Für jedes Pixel wird eine Zufallszahl u zwischen null und eins gezogen. Das Bit ist an, "
    "wenn u unter der Wahrscheinlichkeit p liegt. Wo p nahe null oder eins ist, ist die Münze fast entschieden; im "
    "Spiel sind die dazwischen: entlang des Umrisses und überall, wo der Prior grau ist. Die Varianz eines Bits ist "
    "p mal eins minus p: am größten bei einhalb.",
    "lesson.forgetting.discuss_one": "Zeigen Sie, dass zwei Vorwärtsschritte einen ergeben. Was bleibt nach sehr "
    "vielen?",
    "lesson.forgetting.discuss_two": "Welche Wahl von p ergibt BerDiff? Und was muss dessen Kette mehr lernen als "
    "diese?",
    "lesson.forgetting.title": "Vergessen hin zum Prior",
    "lesson.forgetting.idea": "Im Training wird die wahre Maske Bit für Bit vergessen, aber am Ende steht der Prior "
    "und kein Schnee.",
    "lesson.forgetting.ask": "Im Training wird die wahre Maske vergessen, bis nur der Prior übrig ist. Wie viele "
    "der {all_bits} Bits sind dann falsch?",
    "lesson.forgetting.random": "Sie haben erwartet, dass Vergessenes zufällig ist. Vergessene Bits werden nach dem "
    "Prior neu gezogen, und der Prior hat meist recht.",
    "lesson.forgetting.nothing": "Sie haben erwartet, dass nichts verloren geht. Die Maske ist verloren, und der "
    "Prior ist nicht die Maske.",
    "lesson.forgetting.erased": "Sie haben erwartet, dass die Maske gelöscht wird. Ihre Bits werden nicht "
    "ausgeschaltet, sondern nach dem Prior neu gezogen.",
    "lesson.forgetting.because": "{forgotten_to_prior} Bits sind falsch. Beim Prior lässt sich viel besser anfangen "
    "als im Schnee.",
    "lesson.forgetting.coin": "Und wenn stattdessen hin zu fairen Münzen vergessen würde: Wie viele Bits wären falsch?",
    "lesson.forgetting.same": "Sie haben wieder die Zahl des Priors erwartet. Eine faire Münze weiß nichts vom "
    "Bild, also irrt sie jedes zweite Mal.",
    "lesson.forgetting.coin_because": "{forgotten_to_coin} von {all_bits} Bits, etwa jedes zweite. Das ist BerDiff. "
    "Hin zum Prior waren es {forgotten_to_prior}.",
    "lesson.forgetting.half": "Zu welcher Zeit t ist etwa die Hälfte der wahren Maske vergessen?",
    "lesson.forgetting.early": "Sie haben erwartet, dass fast alles sofort verschwindet. Der Zeitplan beginnt langsam.",
    "lesson.forgetting.late": "Sie haben erwartet, dass sie bis zum Ende hält. Dann ist fast nichts mehr von der "
    "Maske übrig.",
    "lesson.forgetting.half_because": "Von den Zeiten dieser Kette lässt t = {half_forgotten_time} den Anteil, der "
    "einhalb am nächsten ist.",
    "lesson.forgetting.text": "Zur Zeit t ist ein Bit an mit Wahrscheinlichkeit ᾱ mal dem wahren Bit plus eins "
    "minus ᾱ mal p. Fällt ᾱ auf null, bleibt nur p. Vergessen wird nur im Training: Wenn Sie auf „Verfeinern“ "
    "drücken, läuft die Kette andersherum.",
    "lesson.doubt.discuss_one": "Warum sagt das Netz den Fehler voraus und nicht die Maske?",
    "lesson.doubt.discuss_two": "Wären die Zweifel ehrlich, was sagte ihre Summe? Wo lohnte es sich für ein Netz, "
    "immer nein zu sagen?",
    "lesson.doubt.title": "Welche Bits sind falsch?",
    "lesson.doubt.idea": "Der Entrauscher zeichnet keine Maske. Er sagt von jedem Bit, wie wahrscheinlich es falsch "
    "ist.",
    "lesson.doubt.ask": "Sie sehen die ersten Bits der Kette. Zeigen Sie auf die Stelle, an der der Entrauscher am "
    "meisten zweifelt.",
    "lesson.doubt.undecided": "Sie haben dort gesucht, wo der Prior unentschieden ist. Der Entrauscher sieht auf "
    "das geworfene Bit und auf das Bild: An einem Bit auf der falschen Seite einer klaren Kante zweifelt er mehr.",
    "lesson.doubt.flips": "Sie haben auf das gesehen, was in diesem Schritt wechselt. Zweifel ist eine Meinung; ob "
    "ein Bit wechselt, entscheidet eine Münze.",
    "lesson.doubt.because": "Insgesamt bezweifelt er {doubted_bits} Bits. Die hellsten Stellen bezweifelt er am "
    "meisten.",
    "lesson.doubt.count": "Wie viele von {all_bits} Bits hält der Entrauscher im ersten Schritt für falsch, wenn "
    "man alle seine Zweifel addiert?",
    "lesson.doubt.yes_no": "Sie haben die Bits gezählt, an denen er zu mehr als einhalb zweifelt. Auch kleine "
    "Zweifel zählen: Viele kleine machen eine große Summe.",
    "lesson.doubt.correction": "Sie haben gezählt, was sich vom Prior zur Antwort ändert. Der Zweifel gilt den Bits "
    "dieses Schritts, und die sind eben erst geworfen.",
    "lesson.doubt.any": "Sie haben erwartet, dass er ratlos ist. Die ersten Bits kommen vom Prior, und die meisten "
    "stimmen.",
    "lesson.doubt.trusts": "Sie haben keinen Zweifel erwartet. Die Bits wurden geworfen, also sind einige falsch, "
    "und der Entrauscher weiß das.",
    "lesson.doubt.count_because": "{doubted_bits} nach der Summe seiner Zweifel. {doubted_that_stay} Bits, an denen "
    "er zu mehr als einhalb zweifelt, bleiben trotzdem, und {trusted_that_flip}, denen er traut, wechseln: Jeder "
    "Schritt wirft noch Münzen.",
    "lesson.doubt.text": "Das Netz beantwortet eine Frage: Ist dieses Bit falsch? Aus Bit und Zweifel folgt seine "
    "Vermutung über die saubere Maske: das Bit so weit umdrehen, wie daran gezweifelt wird. Sind die Zweifel "
    "ehrlich, ist ihre Summe die Zahl der falschen Bits.",
    "lesson.bayes.discuss_one": "Wann sind sich die beiden Regeln einig? Versuchen Sie es mit den Griffen.",
    "lesson.bayes.discuss_two": "Welcher Zeuge gewinnt, wenn p gegen null geht? Warum kommt der letzte Schritt ohne "
    "Münze aus?",
    "lesson.bayes.title": "Bayes an einem Pixel",
    "lesson.bayes.idea": "Ein Schritt wägt drei Zeugen ab: das Bit, wie es ist, die Vermutung und den Prior.",
    "lesson.bayes.ask": "Sehen Sie auf das umringte Pixel bei t = {gap_time}. Sein Bit ist {gap_bit} (eins ist an), "
    "der Entrauscher zweifelt mit {gap_doubt} daran, und der Prior gibt ihm {gap_p}. Mit welcher Wahrscheinlichkeit "
    "ist das Bit nach diesem Schritt an, nach der Regel von Bayes?",
    "lesson.bayes.decides": "Sie haben den Entrauscher allein entscheiden lassen. Seine Vermutung ist ein Zeuge; "
    "Bit und Prior werden auch gehört.",
    "lesson.bayes.plug_in": "Das kommt heraus, wenn man die Vermutung in die Regel von Bayes einsetzt, als wäre sie "
    "ein Bit. So wurde die Regel veröffentlicht. Die genaue wägt beide möglichen sauberen Bits ab.",
    "lesson.bayes.ddim": "Das ist die Regel nach Art von DDIM, die den Prior nicht anhört.",
    "lesson.bayes.because": "{mean_exact} nach der genauen Regel. Die veröffentlichte Abkürzung gibt "
    "{mean_plug_in}, und der Entrauscher allein sagte {mean_guess}. Von allen Pixeln und Schritten dieser Kette "
    "unterscheiden sich die zwei Regeln hier am meisten.",
    "lesson.bayes.flips": "Der Schritt im Bild geht von t = {gap_time} aus. Wie viele der {all_bits} Bits "
    "sollten darin nach der Regel von Bayes wechseln?",
    "lesson.bayes.flips_because": "{expected_flips} sind nach der genauen Regel zu erwarten und "
    "{expected_flips_plug_in} nach der veröffentlichten Abkürzung, die die Vermutung wie ein Bit in die Regel "
    "einsetzt. Der Entrauscher bezweifelt {doubted_at_gap}.",
    "lesson.bayes.text": "Das saubere Bit ist an oder aus. Für jeden Fall gibt die Regel von Bayes eine "
    "Wahrscheinlichkeit, und die Vermutung sagt, wie beide zu mischen sind. Die Vermutung selbst einzusetzen ist "
    "nicht dasselbe, denn die Regel teilt durch eine Summe, die vom sauberen Bit abhängt. Ist die Vermutung sicher, "
    "stimmen beide überein.",
    "lesson.motion.discuss_one": "Warum werden Bits unterwegs träger, und warum hören die Wechsel am Ende doch nicht "
    "auf?",
    "lesson.motion.discuss_two": "Warum darf eine Kette Schritte auslassen, und was verliert sie dabei?",
    "lesson.motion.title": "Wie sich eine Kette bewegt",
    "lesson.motion.idea": "Die meisten Bits wechseln nie, und die Wechsel klingen nicht einfach ab.",
    "lesson.motion.ask": "Welche Kurve zeigt die Zahl der Wechsel vom ersten bis zum letzten Schritt?",
    "lesson.motion.falling": "Sie haben erwartet, dass jeder Schritt weniger tut als der davor. Das sind dieselben "
    "Zahlen, sortiert. Jeder Schritt wirft wieder Münzen, und gegen Ende wiegt die Vermutung mehr.",
    "lesson.motion.constant": "Sie haben erwartet, dass jeder Schritt gleich viel tut. Wie fest ein Bit sitzt, "
    "ändert sich mit der Zeit.",
    "lesson.motion.ddim": "So viel würde die Regel nach Art von DDIM an denselben Bits umdrehen. Sie lässt mehr "
    "davon stehen.",
    "lesson.motion.because": "{flips_in_all} Wechsel insgesamt, an dieser Kette gezählt.",
    "lesson.motion.never": "Welcher Anteil aller Bits wechselt in der ganzen Kette nie?",
    "lesson.motion.half": "Sie haben erwartet, dass jedes zweite Bit sich bewegt. Münzen sind nur dort im Spiel, wo "
    "Prior oder Entrauscher unentschieden sind.",
    "lesson.motion.repainted": "Sie haben erwartet, dass das ganze Bild neu gemalt wird. Eine gewichtete Münze "
    "fällt meist wie zuvor.",
    "lesson.motion.never_because": "{never_flipped} der Bits wechseln nie. Was sich bewegt, liegt an den Rändern "
    "und dort, wo der Prior falsch war.",
    "lesson.motion.text": "Im ersten Schritt ist fast nichts im Gedächtnis, er ist also ein zweiter Wurf. Später "
    "behält ein Bit mehr von sich. Gegen Ende folgt der Mittelwert der Vermutung, und was noch falsch ist, wird "
    "umgedreht.",
    "lesson.votes.discuss_one": "Warum hilft ein Mittel aus Vermutungen überhaupt, die einander ähneln?",
    "lesson.votes.discuss_two": "Wodurch lägen alle Ketten gemeinsam falsch? Bedeutet Übereinstimmung dann noch etwas?",
    "lesson.votes.title": "Jeder Schritt stimmt ab",
    "lesson.votes.idea": "Das Mittel aller Vermutungen ist oft sicherer als die letzte. Ein einzelnes Bild beweist "
    "nichts.",
    "lesson.votes.ask": "Was ist auf diesem Bild der Referenz am nächsten?",
    "lesson.votes.prior": "Der Prior, vor jedem Schritt",
    "lesson.votes.first": "Die Vermutung des ersten Schritts",
    "lesson.votes.last": "Die Vermutung des letzten Schritts",
    "lesson.votes.mean": "Das Mittel der Vermutungen aller Schritte",
    "lesson.votes.because": "Dice mit der Referenz: Prior {dice_prior}, letzte Vermutung {dice_last}, Mittel "
    "{dice_mean}. Auf einem anderen Bild kann die Reihenfolge umgekehrt sein.",
    "lesson.votes.two": "Was ist auf diesem Bild der Referenz näher?",
    "lesson.votes.two_because": "Dice mit der Referenz: erste Vermutung {dice_first}, letzte {dice_last}. Auf einem "
    "anderen Bild kann es umgekehrt sein.",
    "lesson.votes.text": "Die Vermutungen einer Kette irren teils gemeinsam, teils zufällig. Das Mittel nimmt weg, "
    "was Zufall ist. Was alle falsch haben, bleibt falsch: Einigkeit ist nicht Richtigkeit.",
    "lesson.engine.discuss_one": "Warum gibt es am Rand weniger Paare?",
    "lesson.engine.discuss_two": "Was in diesem Netz muss immer noch eine reelle Zahl sein? Wer bezahlt beim "
    "Training für die Vorzeichen?",
    "lesson.engine.title": "Ein Bit in echt",
    "lesson.engine.idea": "Nur mit Vorzeichen heißt Malnehmen und Addieren: fragen, wie viele übereinstimmen.",
    "lesson.engine.ask": "Das sind die Vorzeichen, die eine binäre Faltung an einer Stelle sieht, und ihre "
    "Gewichte. {layer_agree} von {layer_seen} stimmen überein. Was gibt die Faltung aus?",
    "lesson.engine.count": "Sie haben gezählt, was übereinstimmt. Was sich unterscheidet, zählt auch: Jedes solche "
    "Paar nimmt eins weg.",
    "lesson.engine.all": "Sie haben jedes Paar als plus eins gezählt. Das gilt nur, wo alle übereinstimmen.",
    "lesson.engine.average": "Sie haben einen Anteil genommen. Eine Faltung zählt ihre Produkte zusammen; geteilt "
    "wird nichts.",
    "lesson.engine.because": "{layer_sum}: zweimal die, die übereinstimmen, weniger alle. Malnehmen muss man also "
    "nicht, nur nachsehen, welche Bits gleich sind, und zählen.",
    "lesson.engine.bits": "Schreiben Sie an als plus eins und aus als minus eins, nehmen Sie jedes der {all_bits} "
    "ersten Bits der Kette mit dem Bit der Antwort an derselben Stelle mal und zählen Sie zusammen. {bits_agree} "
    "davon stimmen überein. Wie groß ist die Summe?",
    "lesson.engine.bits_because": "{bits_sum}: zweimal die, die übereinstimmen, weniger alle. So zählen die "
    "Faltungen des Entrauschers, an ihren eigenen Vorzeichen.",
    "lesson.engine.text": "Vorzeichen mal Vorzeichen ist plus eins, wo beide gleich sind, und minus eins, wo nicht. "
    "Die Summe der Produkte ist also zweimal die Zahl der gleichen Paare weniger die Zahl aller Paare. Gleiche "
    "Paare markiert XNOR, und Marken zu zählen ist ein einziger Befehl. Am Rand fehlen Vorzeichen, dort sind es "
    "weniger Paare. Die Tafel über die Rechenweise misst beide an diesem Bild und zählt die Bits, die sich "
    "unterscheiden.",
    "lesson.limits.discuss_one": "Pixel, Befund, Mensch: Von welchem davon spricht ein Anteil richtiger Pixel?",
    "lesson.limits.discuss_two": "Welcher Fehler schadete wem? Was müsste eine Klinik sehen, bevor sie das benutzt?",
    "lesson.limits.title": "Wenn es nicht hilft",
    "lesson.limits.idea": "Verfeinern bessert viele Umrisse aus und verdirbt manche. Eine Diagnose stellt es nie.",
    "lesson.limits.kept": "Ein Teil des ersten Umrisses ist nach der Referenz falsch. Welcher Anteil davon ist in "
    "der Antwort noch an?",
    "lesson.limits.half": "Sie haben einen Münzwurf erwartet. Die Münzen sind mit dem gewichtet, was der "
    "Entrauscher sieht: Er behält einen falschen Teil oder lässt ihn los.",
    "lesson.limits.mends": "Sie haben erwartet, dass jeder Fehler ausgebessert wird. Was für den Entrauscher echt "
    "aussieht, behält er.",
    "lesson.limits.kept_because": "{kept_of_false} des falschen Teils ist noch an.",
    "lesson.limits.ask": "Diese Gewichte wurden an {reported_cases} Testbildern gemessen ({task}), die sie nie "
    "gesehen hatten. Auf welchem Anteil davon war die verfeinerte Maske besser als ihr Prior?",
    "lesson.limits.always": "Sie haben erwartet, dass es immer hilft. Eine Verfeinerung ändert auch Umrisse, die "
    "richtig waren.",
    "lesson.limits.never": "Sie haben erwartet, dass es nie hilft. Der Prior lässt auf vielen Bildern etwas zum "
    "Ausbessern.",
    "lesson.limits.because": "Besser auf {reported_better}, schlechter auf {reported_worse}. Dice ändert sich im "
    "Mittel um {reported_gain}; das Intervall reicht von {reported_low} bis {reported_high}.",
    "lesson.limits.text": "Die Wahrscheinlichkeiten betreffen Pixel einiger Kliniken und Kameras. Über einen "
    "Menschen sagen sie nichts. Zeigt man dem Netz etwas anderes, antwortet es trotzdem, und die Antwort bedeutet "
    "nichts.",
    "teach.heading": "Für Lehrende",
    "teach.lead": "Alle Antworten unten sind an dem Bild ausgerechnet, das gerade zu sehen ist. Mit einem anderen "
    "Beispiel ändern sie sich.",
    "teach.goal_chain": "Die Lernenden können sagen, was ein Schritt einer diskreten Diffusion mit einem Bit macht, "
    "und mit welcher Wahrscheinlichkeit.",
    "teach.goal_bayes": "Die Lernenden können die Regel von Bayes von einer Abkürzung unterscheiden, die ihr ähnelt, "
    "und zeigen, wo beide auseinandergehen.",
    "teach.goal_limits": "Die Lernenden können sagen, was ein Anteil richtiger Pixel beweist und was nicht.",
    "teach.plan": "Der ganze Weg: {minutes} Minuten",
    "teach.rhythm": "Zu jeder Frage: den Link an die Tafel, alle raten für sich und sagen, wie sicher sie sind, "
    "Hände zählen, zwei Minuten mit den Nachbarn reden, noch einmal zählen, dann mit der Taste R auflösen. Solange "
    "eine Frage offen ist, verrät das Blättern nichts. N geht weiter.",
    "teach.short": "Der kurze Weg: {minutes} Minuten, von jeder dieser Lektionen die erste Frage",
    "teach.offline_heading": "Ohne Netz",
    "teach.offline": "Auf einem Rechner installiert, braucht die App kein Netz: vor der Stunde starten und "
    "projizieren. Oder vorher das Arbeitsblatt mit Lösungen drucken; geraten wird dann auf Papier.",
    "teach.print": "Arbeitsblatt und Lösungen drucken",
    "teach.answers": "Lektion für Lektion",
    "teach.board": "Für die Tafel",
    "teach.copy": "Kopieren",
    "teach.copied": "Kopiert",
    "teach.select": "Strg+C drücken, auf einem Mac Cmd+C",
    "teach.right": "So kommt es.",
    "teach.discuss": "Zum Besprechen",
    "teach.unfit": "Dieses Bild kann die Frage nicht beantworten; die Lektion bietet ein eigenes Beispiel an.",
    "teach.sheet": "Arbeitsblatt: erst raten, dann sehen",
    "teach.name": "Name: ____________________    Datum: ______________",
    "teach.picture": "Das Bild mit dem ersten Umriss",
    "teach.mark": "Zeichnen Sie die Stelle im Bild ein.",
    "teach.reason": "Denn:",
    "teach.key": "Lösungen",
    "teach.from": "All das folgt aus Startwert {seed}, {steps} Schritten und der Regel {sampler}.",
    "lesson.js.heading": "Durch Raten lernen",
    "lesson.js.lead": "Erst raten, dann sehen. Jede Antwort wird am Bild oben ausgerechnet, hier in Ihrem Browser. "
    "Nichts wird verschickt, und niemand zählt Punkte.",
    "lesson.js.invite": "Neu hier? Raten Sie einmal, bevor Sie zusehen.",
    "lesson.js.begin": "Raten",
    "lesson.js.skip": "Überspringen",
    "lesson.js.lesson": "Lektion {number}: {title}",
    "lesson.js.minutes": "{minutes} min",
    "lesson.js.done": "erledigt",
    "lesson.js.fast": "kurzer Weg",
    "lesson.js.fast_only": "Nur den kurzen Weg zeigen",
    "lesson.js.recall": "Aus einer früheren Lektion",
    "lesson.js.number": "Meine Vermutung",
    "lesson.js.place": "Tippen Sie auf das Bild (oder Umschalt und Pfeiltasten darauf). Ihre Stelle: {where}.",
    "lesson.js.place_none": "noch keine",
    "lesson.js.place_at": "Zeile {row}, Spalte {column}",
    "lesson.js.curve": "Kurve {letter}",
    "lesson.js.sure": "Wie sicher sind Sie?",
    "lesson.js.sure_guess": "Geraten",
    "lesson.js.sure_rather": "Ziemlich sicher",
    "lesson.js.sure_certain": "Ganz sicher",
    "lesson.js.show": "Auflösung zeigen",
    "lesson.js.missing": "Erst antworten, dann ansehen.",
    "lesson.js.right": "Ja.",
    "lesson.js.other": "Hier geschieht etwas anderes.",
    "lesson.js.counts": "Alles von {low} bis {high} gilt.",
    "lesson.js.confident": "Sie waren ganz sicher: Hier lohnt ein zweiter Blick.",
    "lesson.js.modest": "Sie haben geraten, und es stimmt.",
    "lesson.js.why": "Warum?",
    "lesson.js.next": "Nächste Frage",
    "lesson.js.next_lesson": "Nächste Lektion",
    "lesson.js.again": "Noch einmal fragen",
    "lesson.js.close": "Schließen",
    "lesson.js.unfit": "Dieses Bild kann die Frage nicht beantworten: Es hat keine Referenz, oder die Kette ist "
    "nicht zu Ende, oder es ist zu wenig darauf, um die Antworten zu unterscheiden.",
    "lesson.js.example": "Das Beispiel der Lektion nehmen",
    "lesson.js.layer_signs": "Vorzeichen am Eingang: voll ist plus, blass ist minus. Neun Stellen sind die Zeilen, "
    "Kanäle die Spalten.",
    "lesson.js.layer_weights": "Gewichte: je ein Bit.",
    "lesson.js.layer_agree": "Voll, wo Vorzeichen und Gewicht übereinstimmen.",
    "lesson.js.handles": "Die Zahlen dieses Pixels selbst ändern",
    "lesson.js.revealed": "Die Antwort:",
    "lesson.js.report": "Hier einen Fehler melden",
    "lesson.js.report_text": "{title} ({question}). Was falsch ist: ... Wo es zu sehen war: {link}",
    "lesson.js.report_copied": "Kopiert: Fügen Sie es in eine Nachricht an die Autoren ein",
    "lesson.js.report_select": "Drücken Sie Strg+C, auf einem Mac Cmd+C, und schicken Sie es den Autoren",
    "lesson.js.forward": "Selbst die Maske vergessen: t von {first} bis {last}",
    "lesson.js.forward_prior": "hin zum Prior: {wrong} Bits falsch",
    "lesson.js.forward_coin": "hin zu einer fairen Münze: {wrong} Bits falsch",
    "task.polyp.object": "Polypen",
    "task.polyp.sought": "Polypen",
    "task.fundus.object": "Gefäßbaum",
    "task.fundus.sought": "Gefäßen",
    "kind.fundus photograph": "Netzhautbild",
    "kind.colonoscopy image": "Koloskopiebild",
    "example.polyp_small.title": "Kleiner Polyp",
    "example.polyp_small.teaches": "Neben den Polypen wurde ein großer falscher Fleck gesetzt. Er löst sich auf, "
    "der Polyp bleibt.",
    "example.polyp_large.title": "Großer Polyp",
    "example.polyp_large.teaches": "Mehr als die Hälfte des Polypen wurde gerade abgeschnitten. Der fehlende Teil "
    "wächst bis zum wahren Rand nach.",
    "example.polyp_pedunculated.title": "Polyp mit Stiel",
    "example.polyp_pedunculated.teaches": "Niemand hat etwas vermutet: Jedes Bit ist eine faire Münze. Aus dem "
    "Rauschen tritt der Kopf hervor, und am Fuß des Stiels ein Fleck, der falsch ist.",
    "example.polyp_flat.title": "Flacher Polyp",
    "example.polyp_flat.teaches": "Nichts wurde verdorben: Der Vorschlag des Segmentierers ist fast richtig, und "
    "die Verfeinerung macht ihn etwas schlechter. Achten Sie auf den Rand.",
    "example.retina_photograph.title": "Gesundes linkes Auge",
    "example.retina_photograph.teaches": "Die feinen Gefäße wurden aus der Vermutung genommen. Sie wachsen dort "
    "nach, wo das Foto sie zeigt.",
    "example.retina_synthetic_1.title": "Linkes Auge, Papille und Makula",
    "example.retina_synthetic_1.teaches": "Bis auf die dicksten Gefäße wurde alles aus der Vermutung genommen. Von "
    "den Bögen aus wachsen die Äste nach außen nach.",
    "example.retina_synthetic_2.title": "Linkes Auge, Papille am Rand",
    "example.retina_synthetic_2.teaches": "Der untere Teil des Gefäßbaums wurde gerade abgeschnitten. Unter der "
    "Papille wächst er nach.",
}
