
import django.core.validators
import django.utils.timezone
import notifications.models.gateway
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('notifications', '0003_withdrawn'),
    ]

    operations = [
        migrations.AlterField(
            model_name='delivery',
            name='channel',
            field=models.CharField(choices=[('email', 'e-mail'), ('webhook', 'webhook'), ('sms', 'text message')], max_length=8, verbose_name='channel'),
        ),
        migrations.AlterField(
            model_name='notification',
            name='address',
            field=models.CharField(blank=True, max_length=254, verbose_name='address outside'),
        ),
        migrations.CreateModel(
            name='SmsGateway',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now, editable=False, verbose_name='created at')),
                ('updated_at', models.DateTimeField(default=django.utils.timezone.now, editable=False, verbose_name='changed at')),
                ('version', models.PositiveIntegerField(default=1, editable=False, verbose_name='version')),
                ('is_active', models.BooleanField(default=False, verbose_name='active')),
                ('url', models.CharField(max_length=500, verbose_name='address')),
                ('form', models.CharField(choices=[('json', 'JSON'), ('form', 'form fields')], default='json', max_length=4, verbose_name='is told as')),
                ('to_field', models.CharField(default='to', max_length=60, validators=[django.core.validators.RegexValidator('^[A-Za-z0-9_.\\-]+$', 'Letters, digits, points and dashes only.')], verbose_name='field of the number')),
                ('text_field', models.CharField(default='text', max_length=60, validators=[django.core.validators.RegexValidator('^[A-Za-z0-9_.\\-]+$', 'Letters, digits, points and dashes only.')], verbose_name='field of the text')),
                ('key_field', models.CharField(blank=True, help_text='By which the gateway knows a message that comes twice. Empty: none.', max_length=60, validators=[django.core.validators.RegexValidator('^[A-Za-z0-9_.\\-]+$', 'Letters, digits, points and dashes only.')], verbose_name="field of the message's own key")),
                ('fixed', models.JSONField(blank=True, default=dict, help_text='Sent along with every message, such as a signature or a template.', validators=[notifications.models.gateway.check_fixed], verbose_name='fixed fields')),
                ('header', models.CharField(blank=True, default='Authorization', max_length=60, validators=[django.core.validators.RegexValidator('^[A-Za-z0-9\\-]+$', 'Letters, digits and dashes only.')], verbose_name='header of the key')),
                ('secret', models.CharField(blank=True, max_length=300, validators=[notifications.models.gateway.check_header_value], verbose_name='secret')),
                ('answer_holds', models.CharField(blank=True, help_text='For gateways that also refuse with "200 OK". Empty: the status decides.', max_length=100, verbose_name='an answer that means yes holds')),
            ],
            options={
                'verbose_name': 'SMS gateway',
                'verbose_name_plural': 'SMS gateway',
                'constraints': [models.CheckConstraint(condition=models.Q(('id', 1)), name='one_sms_gateway')],
            },
        ),
    ]
