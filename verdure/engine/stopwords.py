"""Function words of languages that share a script: they tell languages apart, and weigh nothing in a query.

Lists of grammar, not of topics: articles, pronouns, prepositions, conjunctions, auxiliaries and question words. Kept
with their accents; `text` folds them as it folds everything else.
"""

from __future__ import annotations

_WORDS: dict[str, str] = {
    "en": """
        a about after all also am an and any are as at be because been before being between both but by can
        could did do does doing during each etc every few for from further had has have having he her here hers
        him his how i if in into is it its itself just me more most my no nor not of off on once only or other
        our ours out over own same she should so some such than that the their theirs them then there these they
        this those through to too under until up upon us very via was we were what when where whether which
        while who whom whose why will with within without would you your yours""",
    "fr": """
        à afin ai ainsi alors après au aucun aussi autre aux avant avec avoir c car ce ceci cela celle celles
        celui ces cet cette ceux chaque chez ci comme comment d dans de depuis des donc dont du elle elles en
        encore entre est et étaient était été être eu eux fait font il ils j je l la là le les leur leurs lors
        lui m ma mais me même mes moi moins mon n ne ni nos notre nous on ont ou où par parmi pas pendant peu
        peut peuvent plus pour pourquoi qu quand que quel quelle quelles quels qui quoi s sa sans se sera ses si
        soit son sont sous sur t ta te tes toi ton tous tout toute toutes très tu un une vers vos votre vous y""",
    "es": """
        a al algo alguna algunas algún alguno algunos ante antes aquel aquella así aún aunque bajo cada como
        cómo con contra cual cuál cuales cuáles cualquier cuando cuándo de del desde donde dónde dos durante e
        el él ella ellas ellos en entre era eran es esa esas ese eso esos esta está están estas este esto estos
        fue fueron ha había han hasta hay la las le les lo los más me mi mientras mis muy nada ni no nos
        nosotros nuestra nuestro o otra otras otro otros para pero por porque pues que qué quien quién quienes
        se sea según ser si sí sido sin sino sobre son su sus también tan tanto te tiene tienen toda todas todo
        todos tras tu tus un una unas uno unos y ya yo""",
    "pt": """
        a à ainda algum alguma algumas alguns ao aos apenas após aquela aquele as às até cada com como da das de
        dela dele deles depois desde dessa desse desta deste do dos e é ela elas ele eles em entre era eram essa
        essas esse esses esta está estão estas este estes eu foi foram há isso isto já lhe mais mas me mesmo meu
        minha muito na não nas nem nenhum no nos nós nossa nosso num numa o onde os ou outra outras outro outros
        para pela pelas pelo pelos per por porque qual quais qualquer quando que quem são se sem ser seu seus
        sob sobre sua suas também tem têm toda todas todo todos tu um uma umas uns você""",
    "de": """
        aber alle allem allen aller alles als also am an andere anderen auch auf aus bei beim bis da dabei
        dadurch dafür damit dann das dass daß dazu dein dem den denn der deren des dessen die dies diese diesem
        diesen dieser dieses doch dort du durch ein eine einem einen einer eines er es etwas euch euer für gegen
        hat hatte hatten hier hin hinter ich ihm ihn ihnen ihr ihre ihrem ihren ihrer im in ins ist ja jede
        jedem jeden jeder jedes jedoch kann kein keine können man mehr mein mit muss nach nicht noch nun nur ob
        oder ohne sehr sein seine seinem seinen seiner seit sich sie sind so sobald sondern sowie über um und
        uns unser unter vom von vor wann war waren warum was weil welche welchem welchen welcher welches wenn
        wer werden wie wieder wir wird wo wurde wurden zu zum zur zwischen""",
    "it": """
        a ad agli ai al alla alle allo anche ancora avere aveva c che chi ci ciò coi col come con contro cosa
        cui d da dagli dai dal dalla dalle dallo dei degli del dell della delle dello dentro di dove dopo e è ed
        era erano essere fra gli ha hanno i il in io l la le lei lo loro lui ma mi mia mio ne negli nei nel
        nella nelle nello noi non nostra nostro o ogni oltre per perché però più poi presso prima qual quale
        quali quando quanto quella quelle quelli quello questa queste questi questo s se sebbene senza si sia
        sono sotto stata stato su sua sue sugli sui sul sulla sulle suo suoi tra tutte tutti tutto un una uno vi
        voi""",
    "nl": """
        aan af al alle als bij daar dan dat de der deze die dit doch door dus een en er geen had hebben heeft
        het hij hoe hun ik in is ja je kan maar me meer men met mijn na naar niet nog nu of om omdat onder ons
        ook op over reeds te tegen toch tot u uit uw van veel voor waar was wat welke werd wie wij wordt worden
        zal ze zich zij zijn zo zonder zou tussen""",
    "ro": """
        a acea această acest aceasta aceste acestor acestui acum ai al ale alte am ar are as asupra atunci au
        avea avut că care ce cea cei cel cele către când cât cu cum da dacă dar de decât deci deja din dintre
        doar după ea ei el ele era erau este eu fi fie fiecare fost iar în între îi îl își la lor lui mai mult
        ne nici noi nu o ori pe pentru poate prin sa să sale sau se și sub sunt te toate tot toți tu un una unde
        unei unui unor va vor""",
    "tr": """
        acaba ama ancak bazı ben bir biri birçok biz bu buna bunda bunlar bunu bunun çok çünkü da daha de değil
        diğer diye dolayı en gibi hangi hem her hiç için ile ise kadar kendi ki kim mı mi mu mü nasıl ne neden
        nerede niçin o olan olarak oldu olduğu onlar onu onun sadece sen siz şey şu tüm ve veya ya yani""",
    "vi": """
        bị bởi các cái cho chưa có của cùng cũng đã đang để đến được gì hay hoặc khi không là lại làm mà một nào
        này nên nếu người như những nhưng ở phải ra rất rồi sau sẽ tại theo thì trên trong trước từ tới và vào
        về với vì việc""",
    "pl": """
        a aby ale bardzo bez być by był była było były co czy dla do gdy gdzie go i ich im ja jak jako je jego
        jej jest jeszcze jeśli już każdy kiedy kto które który których lub ma może na nad nie niż o od oraz po
        pod ponieważ poza przed przez przy są się sobie tak także tam te tego tej ten to tu tych tylko tym w we
        więc z za zaś ze że""",
    "ru": """
        а без более бы был была были было быть в вам вас весь во вот все всего всех вы где да даже для до его ее
        если есть еще же за и из или им их к как какая какие какой ко когда который которая которое которые кто
        ли либо между меня мне может мы на над надо нас наш не него нее нет ни них но ну о об однако он она они
        оно от очень по под после потому почему при про с сам свой себя со так также такие такой там то тогда
        того тоже только том ту ты у уже хотя чего чем что чтобы эта эти это этого этой этом этот я""",
    "ar": """
        أن إن أو أي أين إذا إلا إلى الا التي الذي الذين الى ان انه او اي بعد بعض بل بين تحت تلك تم ثم حتى حول
        حيث خلال دون ذلك سوف على عليه عليها عن عند عندما غير فوق في فيه فيها قبل قد كان كانت كل كم كما كيف لا
        لأن لقد لكن لم لماذا له لها ليس ما ماذا متى مع من منذ منه منها نحن هذا هذه هل هم هنا هناك هو هي و وفي
        وقد ولا وهو وهي يتم يكون""",
    "hi": """
        अपना अपनी अपने अब इन इस इसका इसकी इसके इसे उन उनका उनकी उनके उस उसका उसकी उसके उसे एक एवं और कब कर करता
        करते करना करने कहा कहाँ का कि किया किस किसी की कुछ के केवल को कोई कौन कौनसा क्या क्यों गई गए गया जब जहाँ
        जा जैसे जो तक तथा तब तो था थी थे दिया द्वारा न नहीं ने पर बहुत भी में मैं यदि यह यहाँ या ये लिए वह वाला
        वाली वाले वे सकता सकते सभी साथ से ही हुआ हुई हुए है हैं हो होता होती होते होना""",
    "el": """
        αλλά αν αντί από απ αυτά αυτές αυτή αυτό αυτοί αυτός αυτού αυτών για γιατί δε δεν είναι είχε έχει ενώ
        επί ένα έναν ένας ή η ήταν θα και κάθε κατά κάτι κι με μετά μέχρι μη μην μια μία μόνο να ο οι όπου όπως
        όταν ότι παρά ποια ποιο ποιος πολύ που πού προς πως πώς σαν σε στα στη στην στις στο στον στους τα την
        της τι τις το τον του τους των ως""",
}

FUNCTION_WORDS: dict[str, frozenset[str]] = {language: frozenset(words.split()) for language, words in _WORDS.items()}
